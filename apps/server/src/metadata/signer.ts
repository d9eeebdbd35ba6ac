import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fidoAllianceRoots, fidoAllianceSignerName, type MetadataSigner } from '@keywarden/fido2/metadata';
import { TrustAnchors } from '@keywarden/fido2/webauthn';

const pem = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g;

/**
 * Whose metadata is believed: the FIDO Alliance's, unless the settings say otherwise.
 *
 * @param settings.rootsFile path of a PEM file
 * @throws Error that says what to correct
 */
export async function openSigner(settings: {
  readonly rootsFile: string | null;
  readonly signerName: string | null;
}): Promise<MetadataSigner> {
  const { rootsFile } = settings;
  const roots = rootsFile === null ? fidoAllianceRoots : await readRoots(rootsFile);
  return { anchors: new TrustAnchors(roots), name: settings.signerName ?? fidoAllianceSignerName };
}

async function readRoots(file: string): Promise<readonly Uint8Array[]> {
  try {
    const certificates = (await readFile(file, 'utf8')).match(pem) ?? [];
    if (certificates.length === 0) throw new Error('it holds no certificate');
    const roots = certificates.map((certificate) => Uint8Array.from(new X509Certificate(certificate).raw));
    // Reads them as they will be read.
    return new TrustAnchors(roots).size > 0 ? roots : [];
  } catch (cause) {
    throw new Error(`KEYWARDEN_METADATA_ROOTS: ${file} is not a PEM file of certificates.`, { cause });
  }
}
