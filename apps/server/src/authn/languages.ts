/** More tags than anybody reads. */
const most = 16;

/** The languages a caller wants, the best first: what the address says, then the header (RFC 9110 §12.5.4). */
export function acceptedLanguages(wish: {
  readonly lang?: string | undefined;
  readonly ui_locales?: string | undefined;
  readonly header?: string | undefined;
}): readonly string[] {
  const { lang, ui_locales = '', header = '' } = wish;
  return [...(lang === undefined ? [] : [lang]), ...ui_locales.split(' '), ...byQuality(header)]
    .filter((tag) => tag !== '')
    .slice(0, most);
}

function byQuality(header: string): readonly string[] {
  return header
    .slice(0, 1000)
    .split(',')
    .map((entry) => {
      const [tag = '', ...parameters] = entry.split(';').map((part) => part.trim());
      const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
      return { tag, quality: quality === undefined ? 1 : Number(quality) };
    })
    .filter(({ quality }) => quality > 0)
    .sort((one, other) => other.quality - one.quality)
    .map(({ tag }) => tag);
}
