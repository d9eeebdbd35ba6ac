import type { User } from '../user.ts';

/** What a tenant asks of the passwords that are set from now on. */
export interface PasswordPolicy {
  /** Characters (code points), 8..64. */
  readonly minimumLength: number;
  /** Whether a password seen in a breach is refused; only where the installation can ask. */
  readonly refuseBreached: boolean;
}

/** NIST SP 800-63B-4 §3.1.1.2: at least 8 with a second factor, 15 where the password is all; no rules of composition. */
export const usualPasswordPolicy: PasswordPolicy = { minimumLength: 8, refuseBreached: true };

/** The range of `minimumLength`. */
export const passwordMinimumLengths = { least: 8, most: 64 } as const;
/** Characters; hashing a megabyte is work for an attacker to give. */
export const longestPassword = 256;

/** Why a password is refused before it is set. */
export const passwordFaultCodes = [
  'too-short',
  'too-long',
  'repetitive',
  'about-the-user',
  'common',
  'breached',
  'same-as-before',
] as const;
export type PasswordFault = (typeof passwordFaultCodes)[number];

/** The spelling in which passwords are compared with words: not the one that is hashed. */
export function foldedPassword(password: string): string {
  return password.normalize('NFKC').toLowerCase();
}

/** What can be said of a password by looking at it. */
export function passwordFault(
  password: string,
  { policy, user }: { readonly policy: PasswordPolicy; readonly user: PasswordOwner },
): PasswordFault | null {
  const characters = [...password.normalize('NFC')];
  if (characters.length < policy.minimumLength) return 'too-short';
  if (characters.length > longestPassword) return 'too-long';
  if (new Set(characters).size < 4) return 'repetitive';
  if (isAboutTheUser(foldedPassword(password), user)) return 'about-the-user';
  return null;
}

export type PasswordOwner = Pick<User, 'username' | 'displayName' | 'email'>;

/** Characters of a password that must be left when all that is known of its owner is taken out. */
const ownCharacters = 6;

/** SP 800-63B-4 §3.1.1.2 asks for context: her name, her login, and what hangs on them. */
function isAboutTheUser(folded: string, { username, displayName, email }: PasswordOwner): boolean {
  const words = [username, email ?? '', ...(email ?? '').split('@'), displayName, ...displayName.split(/\s+/)]
    .map(foldedPassword)
    .filter((word) => word.length > 2)
    .sort((a, b) => b.length - a.length);
  const rest = words.reduce((left, word) => left.replaceAll(word, ''), folded);
  return rest !== folded && [...rest].length < ownCharacters;
}
