import type { Actor } from '../audit.ts';
import { recordEvent } from '../commands/audit-trail.ts';
import type { Ports, Tables } from '../ports/index.ts';
import type { User } from '../user.ts';
import type { LanguageWish } from './languages.ts';
import { intendMail } from './mail-outbox.ts';
import type { MailTopic } from './mail-words.ts';

/** What changed about how a user proves who she is. */
export interface UserNotice {
  readonly user: Pick<User, 'userId' | 'username' | 'displayName' | 'email' | 'status'>;
  readonly kind: 'authenticator.added' | 'authenticator.removed' | 'authenticator.changed';
  readonly authenticator:
    | { readonly type: 'passkey' | 'one-time-code-app'; readonly name: string }
    | { readonly type: 'password' };
  /** What the audit log says of it; a sentence without its full stop. */
  readonly description?: string;
}

/** A notice that was not sent for so long, in milliseconds, tells nothing new. */
const noticeLifetime = 7 * 24 * 60 * 60_000;

/**
 * Tells the user that one of her authenticators was added or removed, or her password changed: an audit event, and a mail
 * where the installation sends any. To be called in the transaction of the change, by every door.
 */
export async function notifyUser(
  context: {
    readonly ports: Pick<Ports, 'secrets' | 'random' | 'clock' | 'mail'>;
    readonly tables: Tables;
    readonly actor: Actor;
    /** Absent: nobody knows. */
    readonly languages?: LanguageWish | null;
  },
  notice: UserNotice,
): Promise<void> {
  const { ports, tables, actor, languages = null } = context;
  const { user, kind, authenticator } = notice;
  const description = notice.description ?? `${what(kind, authenticator)} for ${user.username}`;
  const mailed = ports.mail.available && user.email !== null && user.status === 'active';
  await recordEvent(
    { ports, tables, actor },
    {
      type: kind,
      target: { kind: 'user', id: user.userId, name: user.username },
      description: mailed ? `${description}. A mail tells her.` : `${description}.`,
    },
  );
  if (!mailed) return;
  const topic = topicOf(kind, authenticator);
  const notAfter = new Date(ports.clock.now().getTime() + noticeLifetime);
  await intendMail(context, { user, topic, languages, notAfter });
}

const verbs = {
  'authenticator.added': 'added',
  'authenticator.removed': 'removed',
  'authenticator.changed': 'changed',
} as const;

function what(kind: UserNotice['kind'], authenticator: UserNotice['authenticator']): string {
  switch (authenticator.type) {
    case 'passkey':
      return `The passkey “${authenticator.name}” was ${verbs[kind]}`;
    case 'one-time-code-app':
      return `The authenticator app “${authenticator.name}” was ${verbs[kind]}`;
    case 'password':
      return `The password was ${verbs[kind]}`;
  }
}

function topicOf(kind: UserNotice['kind'], authenticator: UserNotice['authenticator']): MailTopic {
  if (authenticator.type === 'password') return { about: 'password-changed' };
  const { type, name } = authenticator;
  return kind === 'authenticator.removed'
    ? { about: `${type}-removed`, name }
    : { about: `${type}-added`, name };
}
