import type { TimeBasedCodes } from '@keywarden/domain';
import { Secret, TOTP } from 'otpauth';

/** RFC 6238's defaults, which are all that the apps in the field know. */
const parameters = { algorithm: 'SHA1', digits: 6, period: 30 } as const;

/** Steps before and after now whose codes are good: for clocks that differ, and people who type slowly. */
const window = 1;

export function createTimeBasedCodes(): TimeBasedCodes {
  const secretOf = (bytes: Uint8Array) => new Secret({ buffer: Uint8Array.from(bytes).buffer });
  return {
    secretLength: 20,
    toText: (secret) => secretOf(secret).base32,
    uri: ({ secret, issuer, account }) =>
      // Apps split the label at the first colon, wherever it came from.
      new TOTP({
        ...parameters,
        issuer: issuer.replaceAll(':', ' '),
        label: account.replaceAll(':', ' '),
        issuerInLabel: true,
        secret: secretOf(secret),
      }).toString(),
    stepOf(secret, code, at) {
      // The library compares bytes of equal number alone, and has an error for any other.
      if (!/^[0-9]{6}$/.test(code)) return null;
      const timestamp = at.getTime();
      const delta = TOTP.validate({
        ...parameters,
        token: code,
        secret: secretOf(secret),
        timestamp,
        window,
      });
      return delta === null ? null : Math.floor(timestamp / 1000 / parameters.period) + delta;
    },
  };
}
