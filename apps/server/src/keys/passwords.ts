import type { PasswordHasher } from '@keywarden/domain';
import { hash, verify } from '@node-rs/argon2';

/** What a hash takes: kibibytes, passes over them, lanes. */
export interface PasswordCost {
  readonly memoryCost: number;
  readonly timeCost: number;
  readonly parallelism: number;
}

/** OWASP's second choice for argon2id; the library's default algorithm is argon2id. */
const usualCost: PasswordCost = { memoryCost: 19 * 1024, timeCost: 2, parallelism: 1 };
/** Characters; a longer one is nobody's and would be work. */
const longest = 1024;

export function createPasswordHasher(cost = usualCost): PasswordHasher {
  // Nobody's password: verifying against it takes as long as against any other.
  const nobody = hash('nobody has this password', cost);
  nobody.catch(() => {});
  return {
    hash: (password) => hash(password.normalize('NFC'), cost),
    async verify(stored, password) {
      const right = await verify(stored ?? (await nobody), password.slice(0, longest).normalize('NFC'));
      return right && stored !== null && password.length <= longest;
    },
  };
}
