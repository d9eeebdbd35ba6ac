import { longestTokenLifetime, type Ports, type Tables } from '../ports/index.ts';
import type { TenantId } from '../tenant.ts';

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

/** Ends everything that is open in a user's name, but the session of her account page in which she asks for it. */
export async function endOtherSessionsWithin(
  tables: Tables,
  { userId, sessionId }: { readonly userId: string; readonly sessionId: string },
): Promise<void> {
  await tables.accountSessions.deleteByUser(userId, { except: sessionId });
  await tables.openIdRecords.destroyByAccount(userId);
}

/** For a job: ends what passkeys opened whose validity has ended since; nothing of it lives longer than this looks back. */
export async function endSessionsOfEndedPasskeys(
  ports: Pick<Ports, 'store' | 'clock'>,
  input: { tenantId: TenantId },
): Promise<number> {
  const now = ports.clock.now();
  const earliest = new Date(now.getTime() - 2 * longestTokenLifetime * 1000);
  return ports.store.transaction(input.tenantId, async (tables) => {
    let ended = 0;
    for (const credentialId of await tables.passkeyDevices.listEnded(earliest, now)) {
      ended += await endSessions(tables, { credentialId });
    }
    return ended;
  });
}
