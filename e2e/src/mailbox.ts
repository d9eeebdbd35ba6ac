import { SMTPServer } from 'smtp-server';

/** A real SMTP server in this process; whoever waits for a mail gets its text. */
export interface Mailbox {
  readonly url: string;
  /** The next mail to this address that has not been read yet. */
  next(address: string): Promise<string>;
  close(): Promise<void>;
}

const patience = 30_000;

export async function openMailbox(): Promise<Mailbox> {
  const mails: { readonly to: readonly string[]; readonly text: string }[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    logger: false,
    onData(stream, { envelope }, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const to = envelope.rcptTo.map(({ address }) => address);
        mails.push({ to, text: plainText(Buffer.concat(chunks).toString('utf8')) });
        done();
      });
    },
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const address = server.server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `smtp://127.0.0.1:${address.port}`,
    async next(wanted) {
      const ends = Date.now() + patience;
      for (;;) {
        const at = mails.findIndex(({ to }) => to.includes(wanted));
        const [mail] = at < 0 ? [] : mails.splice(at, 1);
        if (mail !== undefined) return mail.text;
        if (Date.now() > ends) throw new Error(`no mail to ${wanted} came`);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** The body of the first part, which is the plain text one (RFC 2046 §5.1.4); what is escaped in it is of no interest here. */
function plainText(source: string): string {
  const at = source.search(/^content-type: text\/plain/im);
  const [head = '', ...rest] = source.slice(Math.max(at, 0)).split('\r\n\r\n');
  const body = rest.join('\r\n\r\n').split('\r\n--', 1)[0] ?? '';
  return /base64/i.test(head) ? Buffer.from(body, 'base64').toString('utf8') : body.replaceAll('=20', ' ');
}
