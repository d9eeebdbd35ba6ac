import type { AuthenticationTables, Store, Tables } from '@keywarden/domain';
import { accountSessionTable, visitTable } from './account-sessions.ts';
import { credentialTable } from './credentials.ts';
import type { Database } from './database.ts';
import { deviceTable } from './devices.ts';
import { enrollmentTable } from './enrollments.ts';
import { eventTable, outboxTable } from './events.ts';
import { operatorTable } from './operators.ts';
import { orderTable } from './orders.ts';
import { enrollmentCodeTable, passkeyDeviceTable } from './passkey-devices.ts';
import { policyTable } from './policies.ts';
import { provisioningTables } from './scim-tables.ts';
import type { TenantSession } from './session.ts';
import { identityProviderTable, tenantTable } from './tenants.ts';
import { passwordTable, userTable } from './users.ts';
import { connectionTable, workstationTable } from './workstations.ts';

export type FoundationTables = Omit<Tables, 'tenantId' | keyof AuthenticationTables>;

export function foundationTables(session: TenantSession): FoundationTables {
  return {
    tenants: tenantTable(session),
    identityProviders: identityProviderTable(session),
    users: userTable(session),
    passwords: passwordTable(session),
    credentials: credentialTable(session),
    passkeyDevices: passkeyDeviceTable(session),
    enrollmentCodes: enrollmentCodeTable(session),
    policies: policyTable(session),
    devices: deviceTable(session),
    enrollments: enrollmentTable(session),
    orders: orderTable(session),
    workstations: workstationTable(session),
    connections: connectionTable(session),
    operators: operatorTable(session),
    events: eventTable(session),
    outbox: outboxTable(session),
    accountSessions: accountSessionTable(session),
    visits: visitTable(session),
    ...provisioningTables(session),
  };
}

/** The domain's store on PostgreSQL. */
export function createStore(
  database: Database,
  authenticationTables: (session: TenantSession) => AuthenticationTables,
  options: {
    /** An effect was intended and is committed. */
    readonly onIntended?: (tenantId: string) => void;
  } = {},
): Store {
  return {
    async transaction(tenantId, work) {
      let intended = false;
      const result = await database.transaction(tenantId, (session) => {
        const tables = { tenantId, ...foundationTables(session), ...authenticationTables(session) };
        const { outbox } = tables;
        intended = false;
        return work({
          ...tables,
          outbox: {
            ...outbox,
            async add(effect) {
              intended = true;
              await outbox.add(effect);
            },
          },
        });
      });
      if (intended) options.onIntended?.(tenantId);
      return result;
    },
    tenantIds: () => database.tenantIds(),
  };
}
