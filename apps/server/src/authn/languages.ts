import { type CallLanguages, type LanguageWish, tagsByQuality } from '@keywarden/domain';

/** More tags than anybody reads. */
const most = 16;

/** What a caller reads: what was chosen on the page (`ui_locales`), and what her browser says (RFC 9110 §12.5.4). */
export function callLanguages({
  chosen,
  header,
}: {
  readonly chosen: string | null | undefined;
  readonly header: string | undefined;
}): CallLanguages {
  const tags = (chosen ?? '').split(' ').filter((tag) => tag !== '');
  return { chosen: tags.slice(0, most), accepted: tagsByQuality(header ?? '') };
}

/** The languages that a theme is wanted in, the best first: what the address says, then the header. */
export function themeLanguages(wish: {
  readonly lang?: string | undefined;
  readonly ui_locales?: string | undefined;
  readonly header: string | undefined;
}): readonly string[] {
  const { chosen, accepted } = callLanguages({ chosen: wish.ui_locales, header: wish.header });
  return [...(wish.lang === undefined ? [] : [wish.lang]), ...chosen, ...accepted].slice(0, most);
}

/** How the owner of the account page is written to. */
export function ownWish(call: {
  readonly query: { readonly ui_locales?: string | undefined };
  readonly request: { readonly headers: { readonly 'accept-language'?: string | undefined } };
}): LanguageWish {
  const { query, request } = call;
  const header = request.headers['accept-language'];
  const { chosen, accepted } = callLanguages({ chosen: query.ui_locales, header });
  return { asked: chosen, accepted };
}
