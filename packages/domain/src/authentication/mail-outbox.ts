import { fromBase64Url, toBase64Url } from '@keywarden/fido2/bytes';
import { recordEvent } from '../commands/audit-trail.ts';
import { DomainError } from '../errors.ts';
import { systemActor } from '../permissions.ts';
import type { Ports, Tables } from '../ports/index.ts';
import type { TenantId } from '../tenant.ts';
import type { User } from '../user.ts';
import { type LanguageWish, tagsByQuality } from './languages.ts';
import { composeMail, isMailAddress } from './mail-composition.ts';
import { type MailLanguage, type MailTopic, mailLanguageOf } from './mail-words.ts';

/** The outbox kind of an intended mail. */
export const mailKind = 'mail.send';
/** An intended mail may hold a code: it lies sealed until it is sent. */
const sealing = 'mail';

/** What the intent remembers. */
interface IntendedMail {
  readonly userId: string;
  /** null: to nobody. A decoy, written where an address would have made a difference in time. */
  readonly to: string | null;
  readonly name: string;
  /** In what was asked for, or null. */
  readonly asked: MailLanguage | null;
  /** Where nothing is on record of her either. */
  readonly accepted: MailLanguage | null;
  readonly topic: MailTopic;
  /** ISO 8601: not worth sending afterwards. */
  readonly notAfter: string;
}

/**
 * Intends a mail, in the transaction of what it tells; a job sends it. `user` null: takes the same way to nobody.
 */
export async function intendMail(
  { ports, tables }: MailContext,
  input: {
    readonly user: Pick<User, 'userId' | 'displayName' | 'email' | 'status'> | null;
    readonly topic: MailTopic;
    /** null: nobody knows. */
    readonly languages: LanguageWish | null;
    readonly notAfter: Date;
  },
): Promise<void> {
  const { user, topic, languages } = input;
  const address = user?.status === 'active' ? user.email : null;
  const intended: IntendedMail = {
    userId: user?.userId ?? '',
    to: address !== null && isMailAddress(address) ? address : null,
    name: user?.displayName ?? '',
    asked: mailLanguageOf(languages?.asked ?? []),
    accepted: mailLanguageOf(languages?.accepted ?? []),
    topic,
    notAfter: input.notAfter.toISOString(),
  };
  const bytes = new TextEncoder().encode(JSON.stringify(intended));
  await tables.outbox.add({
    outboxId: ports.random.uuid(),
    kind: mailKind,
    payload: { sealed: toBase64Url(await ports.secrets.seal(tables.tenantId, sealing, bytes)) },
    at: ports.clock.now(),
  });
}

export interface MailContext {
  readonly ports: Pick<Ports, 'secrets' | 'random' | 'clock'>;
  readonly tables: Tables;
}

/**
 * Sends an intended mail. One that comes too late, or that the mail server will never take, is told in the audit log and
 * done with.
 */
export async function carryOutMail(
  ports: Ports,
  tenantId: TenantId,
  effect: { readonly outboxId: string; readonly payload: Readonly<Record<string, unknown>> },
): Promise<void> {
  const { userId, to, name, asked, accepted, topic, notAfter } = await opened(
    ports,
    tenantId,
    effect.payload,
  );
  if (to === null) return;
  const giveUp = (why: string) =>
    ports.store.transaction(tenantId, (tables) =>
      recordEvent(
        { ports, tables, actor: systemActor },
        {
          type: 'mail.not-sent',
          target: { kind: 'user', id: userId, name },
          outcome: 'failure',
          description: `A mail to ${name} (${topic.about}) was not sent: ${why}.`,
        },
      ),
    );
  if (Date.parse(notAfter) <= ports.clock.now().getTime()) return giveUp('it could not be sent in time');
  if (!ports.mail.available) return giveUp('no mail server is set');
  // Looked up here, where nobody waits for it: a user and nobody are intended alike.
  const { tenant, onRecord } = await ports.store.transaction(tenantId, async (tables) => ({
    tenant: await tables.tenants.get(),
    onRecord: asked === null ? await tables.users.languages(userId) : [],
  }));
  const language = asked ?? mailLanguageOf(onRecord.flatMap(tagsByQuality)) ?? accepted ?? 'en';
  const { hostname } = new URL(ports.surroundings.publicUrl);
  const outcome = await ports.mail.send({
    messageId: `${effect.outboxId}@${hostname}`,
    to,
    ...composeMail(topic, { language, name, where: tenant?.name ?? hostname }),
  });
  if (outcome === 'refused') await giveUp('the mail server does not take mail for this address');
}

async function opened(
  { secrets }: Ports,
  tenantId: TenantId,
  payload: Readonly<Record<string, unknown>>,
): Promise<IntendedMail> {
  const { sealed } = payload;
  if (typeof sealed !== 'string') {
    throw new DomainError('input-invalid', 'An intended mail can not be read.', { detail: 'not sealed' });
  }
  const bytes = await secrets.open(tenantId, sealing, fromBase64Url(sealed));
  // What is opened under the tenant's key is what `intendMail` sealed.
  return JSON.parse(new TextDecoder().decode(bytes)) as IntendedMail;
}
