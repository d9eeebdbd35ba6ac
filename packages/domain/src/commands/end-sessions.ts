import type { Tables } from '../ports/index.ts';

/**
 * Ends what was opened by a passkey, or everything in a user's name: sessions, grants, codes, access and refresh tokens. In
 * the transaction of the change that is the reason, after the write that forbids new ones.
 *
 * @returns how many records there were
 */
export async function endSessions(
  tables: Tables,
  of: { readonly userId: string } | { readonly credentialId: string },
): Promise<number> {
  return 'userId' in of
    ? tables.openIdRecords.destroyByAccount(of.userId)
    : tables.openIdRecords.destroyByCredential(of.credentialId);
}
