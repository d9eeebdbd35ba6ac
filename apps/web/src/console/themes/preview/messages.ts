import { Theme } from '@keywarden/api/authn';
import { type Static, Type } from 'typebox';

export const previewScreens = ['sign-in', 'passkey', 'consent'] as const;

/** What the editor tells the page in its frame. Both are of one origin, and neither believes another. */
export const ShowTheme = Type.Object({
  type: Type.Literal('keywarden:show-theme'),
  theme: Theme,
  screen: Type.Enum(previewScreens),
  scheme: Type.Enum(['light', 'dark']),
});
export type ShowTheme = Static<typeof ShowTheme>;

/** What the page in the frame says once it listens. */
export const previewReady = 'keywarden:theme-preview-ready';
