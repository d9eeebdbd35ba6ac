import { modelIcon, modelName } from '@keywarden/fido2/metadata';
import type { AuthenticatorMetadata } from './ports/index.ts';

/** What the metadata says a passkey's model looks like; of an AAGUID that nobody proved, it is what it claims to be. */
export interface PasskeyModel {
  readonly name: string | null;
  /** A data URL that a page may show in `<img>`. */
  readonly icon: string | null;
}

/** Characters: icons are sent along with every list. */
const longestIcon = 65_536;
const longestName = 100;

export function modelOfPasskey(
  metadata: AuthenticatorMetadata,
  aaguid: string | null,
  language?: string,
): PasskeyModel {
  const record = aaguid === null ? undefined : metadata.current()?.byAaguid(aaguid);
  if (record?.kind !== 'known') return { name: null, icon: null };
  const { entry } = record;
  const name = [...(modelName(entry, language) ?? '').replaceAll(/\p{Cc}+/gu, ' ').trim()];
  return {
    name: name.length === 0 ? null : name.slice(0, longestName).join(''),
    icon: safeIcon(modelIcon(entry)),
  };
}

const dataUrl = /^data:image\/(png|svg\+xml);base64,([A-Za-z0-9+/]+={0,2})$/;
const pngSignature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** PNG or SVG, and what is inside is what it says it is. */
function safeIcon(icon: string | null): string | null {
  if (icon === null || icon.length > longestIcon) return null;
  const [, type, base64 = ''] = dataUrl.exec(icon) ?? [];
  if (type === undefined) return null;
  const bytes = Buffer.from(base64, 'base64');
  const genuine =
    type === 'png'
      ? pngSignature.every((byte, index) => bytes[index] === byte)
      : /^\uFEFF?\s*(<\?xml[^>]*>\s*)?(<!--[\s\S]*?-->\s*|<!DOCTYPE[^>]*>\s*)*<svg[\s/>]/.test(
          bytes.toString('utf8'),
        );
  return genuine ? icon : null;
}
