import type { Tables } from '../ports/index.ts';

/**
 * Ends what was opened by a passkey, or everything in a user's name: sessions, her account page's too, grants, codes, access
 * and refresh tokens. In the transaction of the change that is the reason, after the write that forbids new ones.
 *
 * @returns how many records there were
 */
export async function endSessions(
  tables: Tables,
  of: { readonly userId: string } | { readonly credentialId: string },
): Promise<number> {
  if ('userId' in of) {
    const own = await tables.accountSessions.deleteByUser(of.userId);
    return own + (await tables.openIdRecords.destroyByAccount(of.userId));
  }
  const own = await tables.accountSessions.deleteByCredential(of.credentialId);
  return own + (await tables.openIdRecords.destroyByCredential(of.credentialId));
}
