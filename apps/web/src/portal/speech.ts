/** A language that the pages have words in; the rest is told in the first one. */
export interface SpokenLanguage {
  readonly tag: string;
  /** As its readers call it. */
  readonly name: string;
  readonly direction: 'ltr' | 'rtl';
}

export const spokenLanguages: readonly [SpokenLanguage, ...SpokenLanguage[]] = [
  { tag: 'en', name: 'English', direction: 'ltr' },
  { tag: 'de', name: 'Deutsch', direction: 'ltr' },
  { tag: 'fr', name: 'Français', direction: 'ltr' },
  { tag: 'es', name: 'Español', direction: 'ltr' },
];

/** The first of a reader's languages (BCP 47) that we speak. */
export function firstSpoken(tags: readonly string[]): SpokenLanguage | null {
  for (const tag of tags) {
    const primary = tag.split('-', 1)[0]?.toLowerCase();
    const found = spokenLanguages.find((language) => language.tag === primary);
    if (found !== undefined) return found;
  }
  return null;
}

interface Settings<W> {
  /** Rejects where the file does not come; of English it is there. */
  readonly load: (tag: string) => Promise<W>;
  /** What the browser says, the best first. */
  readonly browser: readonly string[];
  /** What the address asks for. */
  readonly asked: readonly string[];
  readonly memory: Pick<Storage, 'getItem' | 'setItem'>;
  /** Tells the document in what language it is. */
  readonly announce: (language: SpokenLanguage) => void;
}

export interface Voice<W> {
  readonly language: SpokenLanguage;
  readonly words: W;
}

const memoryName = 'keywarden.portal.language';

/** What language the page speaks: what she chose here, and is kept; else what the application asks for; else her browser's. */
export class Speech<W> {
  readonly #settings: Settings<W>;
  #voice: Voice<W>;
  #chosen: string | null;
  /** Counts wishes: the newest is the one that holds, whichever file comes first. */
  #wishes = 0;
  readonly #watchers = new Set<() => void>();

  private constructor(settings: Settings<W>, voice: Voice<W>, chosen: string | null) {
    this.#settings = settings;
    this.#voice = voice;
    this.#chosen = chosen;
  }

  static async begin<W>(settings: Settings<W>): Promise<Speech<W>> {
    const { memory, asked, browser, load, announce } = settings;
    const kept = firstSpoken([readKept(memory) ?? '']);
    const [english] = spokenLanguages;
    const language = kept ?? firstSpoken([...asked, ...browser]) ?? english;
    const voice = await load(language.tag).then(
      (words) => ({ language, words }),
      // English is better than nothing.
      async () => ({ language: english, words: await load(english.tag) }),
    );
    announce(voice.language);
    return new Speech(settings, voice, kept?.tag ?? null);
  }

  readonly snapshot = (): Voice<W> => this.#voice;

  readonly watch = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  };

  /** What she chose here, now or before; null: nothing. */
  readonly chosen = (): string | null => this.#chosen;

  readonly language = (): string => this.#voice.language.tag;

  /** For dates and numbers: as they are written where she is. */
  get locale(): string {
    const { tag } = this.#voice.language;
    return this.#settings.browser.find((one) => one.split('-', 1)[0]?.toLowerCase() === tag) ?? tag;
  }

  async choose(tag: string): Promise<void> {
    const language = firstSpoken([tag]);
    if (language === null || !(await this.#speak(language))) return;
    this.#chosen = language.tag;
    try {
      this.#settings.memory.setItem(memoryName, language.tag);
    } catch {
      // A browser that keeps nothing: it holds as long as the page.
    }
  }

  /** What the application asks for holds where she chose nothing. */
  async suggest(tags: readonly string[]): Promise<void> {
    const language = firstSpoken(tags);
    if (language !== null && this.#chosen === null) await this.#speak(language);
  }

  async #speak(language: SpokenLanguage): Promise<boolean> {
    this.#wishes += 1;
    const mine = this.#wishes;
    if (language === this.#voice.language) return true;
    try {
      const words = await this.#settings.load(language.tag);
      if (mine !== this.#wishes) return false;
      this.#voice = { language, words };
    } catch {
      // The file did not come: the page goes on as it is.
      return false;
    }
    this.#settings.announce(language);
    for (const watcher of this.#watchers) watcher();
    return true;
  }
}

function readKept(memory: Pick<Storage, 'getItem'>): string | null {
  try {
    return memory.getItem(memoryName);
  } catch {
    return null;
  }
}

/** WCAG 3.1.1: readers of the page, and hyphenation, go by it. */
export function announceIn(root: HTMLElement): (language: SpokenLanguage) => void {
  return ({ tag, direction }) => {
    root.lang = tag;
    root.dir = direction;
  };
}

/** `lang` and `ui_locales` of an address. */
export function askedIn(parameters: URLSearchParams): readonly string[] {
  return [parameters.get('lang') ?? '', ...(parameters.get('ui_locales') ?? '').split(' ')];
}
