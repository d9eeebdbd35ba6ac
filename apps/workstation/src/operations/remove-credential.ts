import type { OrderResult, RemoveCredentialOrder } from '@keywarden/api';
import { toBase64Url } from '@keywarden/fido2/bytes';
import { describeKey, listCredentials, removeCredentials } from '@keywarden/fido2/client';
import { getInfo } from '@keywarden/fido2/ctap2';
import type { Static } from 'typebox';
import { WorkstationFailure } from '../failure.ts';
import { type KeyInHand, keyAccess } from './key-access.ts';

type Order = Static<typeof RemoveCredentialOrder>;

/** Removes what the order names and the key still has; nothing there is a success. */
export async function removeCredential(key: KeyInHand, order: Order): Promise<OrderResult> {
  // Neither named would mean everything of that site.
  if (order.credentialId === null && order.userHandle === null)
    throw new WorkstationFailure('ORDER_MALFORMED');
  const { operation } = key;
  const access = keyAccess(key);
  const info = await getInfo(key.device, { signal: operation.signal });
  if (!describeKey(info).credentialManagement) {
    throw new WorkstationFailure('POLICY_UNMET', {
      field: 'credentialManagement',
      message: 'This key cannot delete a single credential. It stays on the key until the key is reset.',
    });
  }
  const removed = await operation.step('remove-credential', async () => {
    let count = 0;
    for (const stored of await listCredentials(access, order.rpId)) {
      const credentialId = toBase64Url(stored.credentialId);
      if (order.credentialId !== null && order.credentialId !== credentialId) continue;
      if (order.userHandle !== null && order.userHandle !== toBase64Url(stored.userHandle)) continue;
      if (order.keepCredentialIds.includes(credentialId)) continue;
      operation.pastReturn();
      count += await removeCredentials({
        ...access,
        rpId: order.rpId,
        credentialId: stored.credentialId,
        userHandle: null,
      });
    }
    return count;
  });
  return { action: 'remove-credential', removed };
}
