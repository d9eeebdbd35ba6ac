/** What the person of a call reads, BCP 47, the best first. */
export interface CallLanguages {
  /** What she chose on the page that calls for her. */
  readonly chosen: readonly string[];
  /** What her browser says. */
  readonly accepted: readonly string[];
}

/** In which language somebody is written to: what was asked for; else what is on record of her; else what her browser says. */
export interface LanguageWish {
  readonly asked: readonly string[];
  readonly accepted: readonly string[];
}

/** What she chose comes before what the client asks for (OpenID Connect Core §3.1.2.1, `ui_locales`). */
export function languageWish(
  { languages }: { readonly languages?: CallLanguages },
  uiLocales: string | null,
): LanguageWish {
  const { chosen = [], accepted = [] } = languages ?? {};
  return { asked: [...chosen, ...(uiLocales?.split(' ') ?? [])], accepted };
}

/** More tags than anybody reads. */
const most = 16;

/** The tags of an `Accept-Language` (RFC 9110 §12.5.4), or of a directory's `preferredLanguage`, the best first. */
export function tagsByQuality(header: string): readonly string[] {
  return header
    .slice(0, 1000)
    .split(',')
    .map((entry) => {
      const [tag = '', ...parameters] = entry.split(';').map((part) => part.trim());
      const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
      return { tag, quality: quality === undefined ? 1 : Number(quality) };
    })
    .filter(({ tag, quality }) => tag !== '' && quality > 0)
    .sort((one, other) => other.quality - one.quality)
    .map(({ tag }) => tag)
    .slice(0, most);
}
