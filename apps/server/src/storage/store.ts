import type { AuthenticationTables, Store, Tables } from '@keywarden/domain';
import { accountSessionTable, visitTable } from './account-sessions.ts';
import { authenticationTables } from './authn-tables.ts';
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
import { type TableMakers, tablesOnDemand } from './tables-on-demand.ts';
import { identityProviderTable, tenantTable } from './tenants.ts';
import { passwordTable, userTable } from './users.ts';
import { connectionTable, workstationTable } from './workstations.ts';

export type FoundationTables = Omit<Tables, 'tenantId' | keyof AuthenticationTables>;

const foundation: TableMakers<FoundationTables> = {
  tenants: tenantTable,
  identityProviders: identityProviderTable,
  users: userTable,
  passwords: passwordTable,
  credentials: credentialTable,
  passkeyDevices: passkeyDeviceTable,
  enrollmentCodes: enrollmentCodeTable,
  policies: policyTable,
  devices: deviceTable,
  enrollments: enrollmentTable,
  orders: orderTable,
  workstations: workstationTable,
  connections: connectionTable,
  operators: operatorTable,
  events: eventTable,
  outbox: outboxTable,
  accountSessions: accountSessionTable,
  visits: visitTable,
  ...provisioningTables,
};

export function foundationTables(session: TenantSession): FoundationTables {
  return tablesOnDemand(foundation, session);
}

const makers: TableMakers<Tables> = {
  ...foundation,
  ...authenticationTables,
  tenantId: ({ tenantId }) => tenantId,
};

/** The domain's store on PostgreSQL. */
export function createStore(
  database: Database,
  options: {
    /** An effect was intended and is committed. */
    readonly onIntended?: (tenantId: string) => void;
  } = {},
): Store {
  const { onIntended } = options;
  return {
    async transaction(tenantId, work) {
      let intended = false;
      const result = await database.transaction(tenantId, (session) => {
        intended = false;
        return work(
          tablesOnDemand<Tables>(makers, session, {
            outbox: () => ({
              ...outboxTable(session),
              async add(effect) {
                intended = true;
                await outboxTable(session).add(effect);
              },
            }),
          }),
        );
      });
      if (intended) onIntended?.(tenantId);
      return result;
    },
    tenantIds: () => database.tenantIds(),
  };
}
