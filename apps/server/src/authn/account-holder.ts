import type { AccountHolder } from '@keywarden/domain';
import type { Call } from '../http/route.ts';

/** Who the guard let in. */
export function holderOf({ account }: Pick<Call, 'account'>): AccountHolder {
  if (account === null) throw new Error('a route of the account page was reached past its guard');
  return account;
}
