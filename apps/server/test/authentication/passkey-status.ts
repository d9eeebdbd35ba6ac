import type { PasskeyDevice, Tables } from '@keywarden/domain';

/** Past the state table: any status, from any other. */
export async function setPasskeyStatus(
  tables: Tables,
  credentialId: string,
  changes: Partial<Pick<PasskeyDevice, 'status' | 'validFrom' | 'validUntil'>>,
): Promise<void> {
  const device = await tables.passkeyDevices.findByCredential(credentialId);
  if (device === null) throw new Error('this credential has no device');
  await tables.passkeyDevices.update({ ...device, ...changes });
}
