import { describe, expect, test } from 'vitest';
import { Conversation } from './conversation.ts';
import { SignIn } from './sign-in.ts';
import { announceIn, askedIn, Speech, spokenLanguages } from './speech.ts';

interface Situation {
  readonly browser?: readonly string[];
  readonly asked?: readonly string[];
  readonly kept?: string;
  /** Whose words do not come. */
  readonly missing?: readonly string[];
}

async function speechOf({ browser = [], asked = [], kept, missing = [] }: Situation) {
  const memory = new Map(kept === undefined ? [] : [['keywarden.portal.language', kept]]);
  const announced: string[] = [];
  const speech = await Speech.begin({
    load: async (tag) => {
      if (missing.includes(tag)) throw new TypeError('lost');
      return `words in ${tag}`;
    },
    browser,
    asked,
    memory: {
      getItem: (name) => memory.get(name) ?? null,
      setItem: (name, value) => void memory.set(name, value),
    },
    announce: ({ tag }) => announced.push(tag),
  });
  return { speech, memory, announced };
}

describe('the page speaks', () => {
  test.each<[string, Situation, string]>([
    ['what she chose before', { kept: 'es', asked: ['fr'], browser: ['de'] }, 'es'],
    ['what the address asks for', { asked: ['nl', 'fr-CA'], browser: ['de'] }, 'fr'],
    ['her browser’s language', { browser: ['it', 'de-AT', 'en'] }, 'de'],
    ['English for want of another', { browser: ['it', 'constructor'], kept: 'xx' }, 'en'],
    ['English where the words do not come', { browser: ['de'], missing: ['de'] }, 'en'],
  ])('%s', async (_what, situation, tag) => {
    const { speech, announced } = await speechOf(situation);
    expect(speech.snapshot()).toMatchObject({ language: { tag }, words: `words in ${tag}` });
    expect(announced).toEqual([tag]);
  });

  test('what she chooses, from then on, and keeps it', async () => {
    const { speech, memory, announced } = await speechOf({ browser: ['de-CH', 'de'] });
    let told = 0;
    speech.watch(() => {
      told += 1;
    });
    expect([speech.chosen(), speech.locale]).toEqual([null, 'de-CH']);
    await speech.choose('fr');
    expect(speech.snapshot().words).toBe('words in fr');
    expect([speech.chosen(), speech.locale]).toEqual(['fr', 'fr']);
    expect([...memory.values()]).toEqual(['fr']);
    expect(announced).toEqual(['de', 'fr']);
    expect(told).toBe(1);
    await speech.suggest(['es']);
    expect(speech.language()).toBe('fr');
  });

  test('what the application asks for, where she chose nothing; that is no choice of hers', async () => {
    const { speech, memory } = await speechOf({ browser: ['de'] });
    await speech.suggest(['nl', 'es-MX']);
    expect(speech.language()).toBe('es');
    expect(speech.chosen()).toBeNull();
    expect(memory.size).toBe(0);
    await speech.suggest(['nl']);
    expect(speech.language()).toBe('es');
  });

  test('on as before where the words of the chosen one do not come', async () => {
    const { speech, memory, announced } = await speechOf({ missing: ['fr'] });
    await speech.choose('fr');
    expect(speech.language()).toBe('en');
    expect([speech.chosen(), memory.size, announced]).toEqual([null, 0, ['en']]);
  });

  test('of two choices in a row the second, whichever words come first', async () => {
    const waiting = new Map<string, (words: string) => void>();
    const speech = await Speech.begin({
      load: (tag) =>
        tag === 'en' ? Promise.resolve('') : new Promise<string>((resolve) => waiting.set(tag, resolve)),
      browser: [],
      asked: [],
      memory: { getItem: () => null, setItem: () => {} },
      announce: () => {},
    });
    const [first, second] = [speech.choose('de'), speech.choose('es')];
    waiting.get('es')?.('hola');
    await second;
    waiting.get('de')?.('hallo');
    await first;
    expect(speech.snapshot().words).toBe('hola');
    expect(speech.chosen()).toBe('es');
  });

  test('and says so to the document, with the direction in which it is read', () => {
    const root = { lang: '', dir: '' };
    for (const language of spokenLanguages) {
      announceIn(root as HTMLElement)(language);
      expect(root).toEqual({ lang: language.tag, dir: language.direction });
    }
    expect(askedIn(new URLSearchParams('lang=de&ui_locales=fr+es'))).toEqual(['de', 'fr', 'es']);
  });
});

describe('a sign-in', () => {
  const answers: Readonly<Record<string, unknown>> = {
    '/request': {
      client_name: 'Payroll',
      redirect_uri: 'https://pay.example/',
      response_mode: null,
      iss: 'http://localhost/demo',
      ui_locales: 'nl fr-CA',
    },
    '/flow': { accessCriteria: [], firstFactors: [], secondFactors: [], enrollActions: [] },
  };

  /** A fake authentication service that answers in whatever theme it is asked for. */
  async function opened(situation: Situation) {
    const { speech } = await speechOf(situation);
    const themes: (string | null)[] = [];
    const bodies: unknown[] = [];
    const fake: typeof fetch = async (address, init) => {
      const url = new URL(String(address), 'http://localhost');
      const path = url.pathname.replace('/demo/authn', '');
      if (path === '/theme') themes.push(url.searchParams.get('lang'));
      else bodies.push(JSON.parse(String(init?.body)));
      return new Response(JSON.stringify(answers[path] ?? {}), { status: path in answers ? 200 : 404 });
    };
    const page = new SignIn({
      conversation: new Conversation(
        { base: '/demo/authn', requestUri: 'urn:r' },
        {
          fetch: fake,
          memory: { getItem: () => null, setItem: () => {}, removeItem: () => {} },
          wait: async () => {},
          chosenLanguage: speech.chosen,
        },
      ),
      themeId: null,
      language: speech.language,
      suggest: (tags) => speech.suggest(tags),
      passkeys: {
        support: 'yes',
        inField: async () => false,
        ask: async () => null,
        make: async () => null,
        stopAsking: () => {},
      },
      now: () => 0,
      leave: () => {},
    });
    await page.start();
    return { page, speech, themes, bodies };
  }

  test('goes on in the language that the application asks for, the tenant’s words too', async () => {
    const { speech, themes, bodies, page } = await opened({ browser: ['de'] });
    expect(page.snapshot().screen.name).toBe('username');
    expect(speech.language()).toBe('fr');
    expect(themes).toEqual(['de', 'fr']);
    expect(bodies).toEqual([{ request_uri: 'urn:r' }, { request_uri: 'urn:r' }]);
  });

  test('tells the service what she chose, for mails and consent', async () => {
    const { speech, themes, bodies, page } = await opened({ kept: 'es' });
    expect(themes).toEqual(['es']);
    expect(bodies).toEqual([
      { request_uri: 'urn:r', ui_locales: 'es' },
      { request_uri: 'urn:r', ui_locales: 'es' },
    ]);
    await speech.choose('de');
    await page.speakAnew();
    expect(themes).toEqual(['es', 'de']);
    await page.giveUsername('alice');
    expect(bodies.at(-1)).toEqual({ request_uri: 'urn:r', ui_locales: 'de', username: 'alice' });
  });
});
