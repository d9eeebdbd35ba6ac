import { SMTPServer } from 'smtp-server';
import type { MailConfiguration } from '../src/mail/index.ts';

/** One mail as it came over the wire. */
export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  /** Header names in lower case, unfolded; RFC 2047 words decoded. */
  readonly headers: ReadonlyMap<string, string>;
  readonly source: string;
  readonly text: string;
  readonly html: string;
}

export interface MailServer {
  readonly configuration: MailConfiguration;
  readonly received: ReceivedMail[];
  /** What the server says to the next recipients: an SMTP code, or null to take them. */
  refuse: number | null;
  /** The password that it wants; null: none. */
  readonly logins: { readonly user: string; readonly password: string }[];
  close(): Promise<void>;
}

/** A real SMTP server in this process, on a port of its own. */
export async function openMailServer(): Promise<MailServer> {
  const received: ReceivedMail[] = [];
  const state: { refuse: number | null } = { refuse: null };
  const logins: { user: string; password: string }[] = [];
  const server = new SMTPServer({
    authOptional: true,
    allowInsecureAuth: true,
    disabledCommands: ['STARTTLS'],
    logger: false,
    onAuth({ username, password }, _session, done) {
      logins.push({ user: username ?? '', password: password ?? '' });
      done(null, { user: username ?? '' });
    },
    onRcptTo(_address, _session, done) {
      if (state.refuse === null) return done();
      done(Object.assign(new Error('not here: someone@secret.example'), { responseCode: state.refuse }));
    },
    onData(stream, { envelope }, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const source = Buffer.concat(chunks).toString('utf8');
        received.push({
          from: envelope.mailFrom === false ? '' : envelope.mailFrom.address,
          to: envelope.rcptTo.map(({ address }) => address),
          ...readMail(source),
        });
        done();
      });
    },
  });
  server.on('error', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    configuration: {
      url: new URL(`smtp://sender:p%40ss@127.0.0.1:${address.port}`),
      from: { name: 'Keywarden', address: 'no-reply@keywarden.example' },
    },
    received,
    get refuse() {
      return state.refuse;
    },
    set refuse(code) {
      state.refuse = code;
    },
    logins,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function readMail(source: string): Pick<ReceivedMail, 'headers' | 'source' | 'text' | 'html'> {
  const { headers } = partOf(source);
  const boundary = /boundary="([^"]+)"/.exec(headers.get('content-type') ?? '')?.[1] ?? '\0';
  const parts = source.split(`--${boundary}`).slice(1).map(partOf);
  const bodyOf = (type: string) =>
    parts.find((part) => part.headers.get('content-type')?.startsWith(type))?.body ?? '';
  return { headers, source, text: bodyOf('text/plain'), html: bodyOf('text/html') };
}

function partOf(source: string): { headers: Map<string, string>; body: string } {
  const [head = '', ...rest] = source.replace(/^\r\n/, '').split('\r\n\r\n');
  const headers = new Map(
    head
      .replaceAll(/\r\n[ \t]+/g, ' ')
      .split('\r\n')
      .map((line) => {
        const colon = line.indexOf(':');
        return [line.slice(0, colon).toLowerCase(), decodedWords(line.slice(colon + 1).trim())] as const;
      }),
  );
  const body = rest.join('\r\n\r\n');
  const encoding = headers.get('content-transfer-encoding');
  if (encoding === 'base64') return { headers, body: Buffer.from(body, 'base64').toString('utf8') };
  if (encoding === 'quoted-printable') return { headers, body: fromQuotedPrintable(body) };
  return { headers, body };
}

/** RFC 2047 §2. */
function decodedWords(text: string): string {
  return text
    .replaceAll(/\?=\s+=\?/g, '?==?')
    .replaceAll(/=\?utf-8\?([qb])\?([^?]*)\?=/gi, (_word, encoding: string, body: string) =>
      encoding.toLowerCase() === 'b'
        ? Buffer.from(body, 'base64').toString('utf8')
        : fromQuotedPrintable(body.replaceAll('_', ' ')),
    );
}

/** RFC 2045 §6.7. */
function fromQuotedPrintable(text: string): string {
  const bytes = text
    .replaceAll(/=\r\n/g, '')
    .replaceAll(/=([0-9A-F]{2})/gi, (_code, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
