import type { Clock, Mail, MailMessage } from '@keywarden/domain';
import { createTransport } from 'nodemailer';

export const mailErrorCodes = ['mail-server-unreachable', 'mail-server-failed'] as const;

/** A mail that could not be sent now. Its message names no address and no server: it is kept beside the intent. */
export class MailError extends Error {
  override readonly name = 'MailError';
  readonly code: (typeof mailErrorCodes)[number];

  constructor(code: (typeof mailErrorCodes)[number], message: string, options: { cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
  }
}

export interface MailConfiguration {
  /** `smtp:` or `smtps:`; user and password percent-encoded in it. */
  readonly url: URL;
  readonly from: { readonly name: string; readonly address: string };
}

/** Milliseconds for each step of the talk with the server. */
const timeouts = {
  connectionTimeout: 5_000,
  greetingTimeout: 5_000,
  socketTimeout: 10_000,
  dnsTimeout: 5_000,
};
/** Milliseconds for which a server that did not answer is not asked again: a hundred mails wait no hundred time-outs. */
const rest = 5_000;

/** Where no mail server is set. */
export const noMail: Mail = {
  available: false,
  send: () => Promise.reject(new MailError('mail-server-unreachable', 'No mail server is set.')),
};

/**
 * Mail by SMTP (RFC 5321). TLS from the start for `smtps:`; for `smtp:` as soon as the server offers it, and not without it
 * where a password would be told to another machine.
 */
export function createMail(configuration: MailConfiguration, { clock }: { clock: Clock }): Mail {
  const { url, from } = configuration;
  const secure = url.protocol === 'smtps:';
  const hasPassword = url.username !== '';
  const transport = createTransport({
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (secure ? 465 : 587) : Number(url.port),
    secure,
    requireTLS: !secure && hasPassword && !isThisMachine(url.hostname),
    ...(hasPassword && {
      auth: { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) },
    }),
    ...timeouts,
    // A body is text that we wrote: nothing in it may name a file or an address to fetch.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  let askAgainAt = 0;
  return {
    available: true,
    async send(message) {
      if (clock.now().getTime() < askAgainAt) {
        throw new MailError('mail-server-unreachable', 'The mail server did not answer a moment ago.');
      }
      try {
        await transport.sendMail(envelopeOf(message, from));
        return 'sent';
      } catch (error) {
        if (isRefusal(error)) return 'refused';
        if (responseCode(error) === null) {
          askAgainAt = clock.now().getTime() + rest;
          throw new MailError(
            'mail-server-unreachable',
            `The mail server can not be talked to${reason(error)}.`,
            {
              cause: error,
            },
          );
        }
        throw new MailError(
          'mail-server-failed',
          `The mail server did not take a mail now (${responseCode(error)}).`,
          { cause: error },
        );
      }
    },
  };
}

function envelopeOf(message: MailMessage, from: MailConfiguration['from']) {
  const { messageId, to, subject, text, html, language } = message;
  return {
    messageId: `<${messageId}>`,
    from: { name: from.name, address: from.address },
    to: { name: '', address: to },
    subject,
    text,
    html,
    headers: {
      'Content-Language': language,
      // RFC 3834: no out-of-office answers to a machine.
      'Auto-Submitted': 'auto-generated',
    },
  };
}

/** A 5xx to this recipient or this mail stays so (RFC 5321 §4.2.1); one to our name and password may be put right. */
function isRefusal(error: unknown): boolean {
  const code = responseCode(error);
  if (code === null || code < 500) return false;
  const command = error instanceof Error && 'command' in error ? error.command : undefined;
  return command === 'RCPT TO' || command === 'DATA';
}

function responseCode(error: unknown): number | null {
  if (!(error instanceof Error) || !('responseCode' in error)) return null;
  return typeof error.responseCode === 'number' ? error.responseCode : null;
}

function reason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? ` (${code})` : '';
}

function isThisMachine(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127\./.test(host);
}
