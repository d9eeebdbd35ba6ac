import { type Static, Type } from 'typebox';
import { ThemeColors, themeLanguages } from './authn.ts';
import { Nullable, Timestamp } from './primitives.ts';
import { ProblemFault } from './problem.ts';

/** `/{tenant}/api/v1/themes`: how the sign-in pages look and speak. */
const digest = Type.String({ description: 'of an image that was uploaded' });
export const ThemeWords = Type.Object({
  labels: Type.Record(Type.String(), Type.String()),
  scopes: Type.Record(Type.String(), Type.Object({ label: Type.String(), description: Type.String() })),
});
export type ThemeWords = Static<typeof ThemeWords>;

export const ThemeDocument = Type.Object({
  name: Nullable(Type.String({ description: 'null: the name of the tenant' })),
  logo: Nullable(digest),
  logoDark: Nullable(digest),
  backgroundImage: Nullable(digest),
  colors: Type.Object({ light: ThemeColors, dark: ThemeColors }),
  defaultLanguage: Type.Enum(themeLanguages),
  words: Type.Object({
    en: Type.Optional(ThemeWords),
    de: Type.Optional(ThemeWords),
    fr: Type.Optional(ThemeWords),
    es: Type.Optional(ThemeWords),
  }),
});
export type ThemeDocument = Static<typeof ThemeDocument>;

export const StoredTheme = Type.Object({
  themeId: Type.String(),
  version: Type.Integer({ description: '0: the usual one, that nobody stored' }),
  createdAt: Timestamp,
  createdBy: Type.String(),
  note: Type.String(),
  document: ThemeDocument,
});
export type StoredTheme = Static<typeof StoredTheme>;
export const ReviewedTheme = Type.Object({
  ...StoredTheme.properties,
  warnings: Type.Array(ProblemFault, { description: 'texts that not everybody could read' }),
});
export type ReviewedTheme = Static<typeof ReviewedTheme>;

export const ThemeList = Type.Object({
  items: Type.Array(
    Type.Object({
      ...StoredTheme.properties,
      inUse: Type.Boolean({ description: 'the workflow names it' }),
    }),
  ),
});
export type ThemeList = Static<typeof ThemeList>;

/** `POST …/themes/images` */
export const UploadImage = Type.Object({
  mediaType: Type.Enum(['image/png', 'image/webp', 'image/svg+xml']),
  data: Type.String({
    maxLength: 262_144,
    pattern: '^[A-Za-z0-9+/]+={0,2}$',
    description: 'base64; at most 192 KiB',
  }),
});
export const UploadedImage = Type.Object({
  digest: Type.String(),
  address: Type.String({ description: 'where it is shown from; it never changes' }),
});
export type UploadedImage = Static<typeof UploadedImage>;

/** `POST …/themes/{themeId}/preview`: how a theme that nobody stored yet would be told to the pages. */
export const PreviewTheme = Type.Object({
  document: Type.Unknown({ description: 'as `document` of the answer' }),
  lang: Type.String({ maxLength: 64, description: 'BCP 47' }),
});
