import type { AuthenticateOrder, OrderResult } from '@keywarden/api';
import { getAssertion } from '@keywarden/fido2/client';
import type { Static } from 'typebox';
import { type KeyInHand, keyAccess } from './key-access.ts';

/** "Test this key": one assertion. */
export async function authenticate(
  key: KeyInHand,
  order: Static<typeof AuthenticateOrder>,
): Promise<OrderResult> {
  const { options, origin } = order;
  const credential = await getAssertion({ ...keyAccess(key), options, origin });
  return { action: 'authenticate', credential };
}
