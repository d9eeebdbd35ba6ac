import { createHmac } from 'node:crypto';
import { toBase64Url } from '@keywarden/fido2/bytes';
import type { Ports } from '../ports/index.ts';
import type { TenantId } from '../tenant.ts';

/**
 * 32 bytes, base64url: what a user is called at a relying party where nothing else is stored for her. It says nothing of her
 * (WebAuthn L3 §14.6.1), and is the same from call to call, so that nothing needs to be written before her first passkey is
 * kept: a write that is made for users alone would tell them from strangers by its time.
 */
export async function userHandleFor(
  { secrets }: Pick<Ports, 'secrets'>,
  tenantId: TenantId,
  { userId, rpId }: { readonly userId: string; readonly rpId: string },
): Promise<string> {
  const key = await secrets.key(tenantId, 'user-handles');
  return toBase64Url(createHmac('sha256', key).update(`${userId} ${rpId}`).digest());
}
