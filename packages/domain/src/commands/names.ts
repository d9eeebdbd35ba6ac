import { DomainError } from '../errors.ts';

const longest = 256;

/**
 * What people call something: NFC, without the spaces around it.
 *
 * @throws DomainError `input-invalid` naming the field
 */
export function readName(text: string, field: string): string {
  const name = text.normalize('NFC').trim();
  if (name !== '' && name.length <= longest && !/\p{Cc}/u.test(name)) return name;
  throw new DomainError(
    'input-invalid',
    `A name has 1 to ${longest} characters, none of them control characters.`,
    { particulars: { field } },
  );
}
