import type { Account } from '@keywarden/domain';

/** In the words of the wire. */
export function accountView({ holder, ...account }: Account): object {
  const { user, session } = holder;
  return {
    username: user.username,
    display_name: user.displayName,
    email: user.email,
    recent_until: account.recentUntil,
    passkeys: account.passkeys.map(({ device, kind, model, icon, synced, lastUsedAt, lastWayIn }) => ({
      id: device.deviceId,
      name: device.friendlyName,
      kind,
      model,
      icon,
      status: device.status,
      synced,
      created_at: device.createdAt,
      last_used_at: lastUsedAt,
      last_way_in: lastWayIn,
    })),
    may_add_passkey: account.mayAddPasskey,
    apps: account.apps.map((app) => ({
      id: app.appId,
      name: app.friendlyName,
      auth_type: app.authType,
      created_at: app.createdAt,
      last_used_at: app.lastUsedAt,
      last_way_in: app.lastWayIn,
    })),
    may_add_app: account.appFactors.length > 0,
    app_factors: account.appFactors.map(({ factorId, code }) => ({ factor_id: factorId, auth_type: code })),
    password: account.password && {
      held: account.password.held,
      free_until: account.password.freeUntil,
      minimum_length: account.password.minimumLength,
    },
    sessions: [
      ...[...account.sessions].sort(ownFirst(session.sessionId)).map((one) => ({
        kind: 'account',
        id: one.sessionId,
        current: one.sessionId === session.sessionId,
        name: null,
        user_agent: one.userAgent,
        address: one.clientIp,
        since: one.createdAt,
        expires_at: one.expiresAt,
      })),
      ...account.visits.map((visit) => ({
        kind: 'application',
        id: visit.grantId,
        current: false,
        name: visit.clientName,
        user_agent: null,
        address: null,
        since: visit.since,
        expires_at: visit.expiresAt,
      })),
    ],
  };
}

function ownFirst(sessionId: string) {
  const rank = (one: { readonly sessionId: string }) => (one.sessionId === sessionId ? 0 : 1);
  return (one: { readonly sessionId: string }, other: { readonly sessionId: string }) =>
    rank(one) - rank(other);
}
