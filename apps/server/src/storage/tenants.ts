import type { IdentityProviderRecord, IdentityProviderTable, TenantTable } from '@keywarden/domain';
import { lookup, statement, type TenantSession } from './session.ts';

interface TenantRow {
  tenant_id: string;
  name: string;
  default_identity_provider_id: string | null;
  created_at: Date;
}

const getTenant = lookup<TenantRow>(
  'tenant.get',
  'SELECT tenant_id, name, default_identity_provider_id, created_at FROM tenants',
);
const insertTenant = statement(
  'tenant.insert',
  'INSERT INTO tenants (name, default_identity_provider_id, created_at) VALUES ($1, $2, $3)',
);
const setDefault = statement(
  'tenant.set-default-identity-provider',
  'UPDATE tenants SET default_identity_provider_id = $1',
);

export function tenantTable(session: TenantSession): TenantTable {
  return {
    readAhead: () => session.readAhead(getTenant),
    async get() {
      const row = await session.row(getTenant);
      if (row === null) return null;
      return {
        tenantId: row.tenant_id,
        name: row.name,
        defaultIdentityProviderId: row.default_identity_provider_id,
        createdAt: row.created_at,
      };
    },
    async insert(tenant) {
      if (tenant.tenantId !== session.tenantId) {
        throw new RangeError(`tenant ${tenant.tenantId} in a transaction of ${session.tenantId}`);
      }
      await session.run(insertTenant, [tenant.name, tenant.defaultIdentityProviderId, tenant.createdAt]);
    },
    async setDefaultIdentityProvider(identityProviderId) {
      await session.run(setDefault, [identityProviderId]);
    },
  };
}

interface IdentityProviderRow {
  identity_provider_id: string;
  kind: IdentityProviderRecord['kind'];
  name: string;
  status: IdentityProviderRecord['status'];
  created_at: Date;
}

const providerColumns = 'identity_provider_id, kind, name, status, created_at';
const getProvider = statement<IdentityProviderRow>(
  'identity-provider.get',
  `SELECT ${providerColumns} FROM identity_providers WHERE identity_provider_id = $1`,
);
const listProviders = statement<IdentityProviderRow>(
  'identity-provider.list',
  `SELECT ${providerColumns} FROM identity_providers ORDER BY identity_provider_id`,
);
const insertProvider = statement(
  'identity-provider.insert',
  `INSERT INTO identity_providers (${providerColumns}) VALUES ($1, $2, $3, $4, $5)`,
);
const setProviderStatus = statement(
  'identity-provider.set-status',
  'UPDATE identity_providers SET status = $2 WHERE identity_provider_id = $1',
);

export function identityProviderTable(session: TenantSession): IdentityProviderTable {
  return {
    async get(identityProviderId) {
      const row = await session.row(getProvider, [identityProviderId]);
      return row && readProvider(row);
    },
    async list() {
      return (await session.rows(listProviders)).map(readProvider);
    },
    async insert(record) {
      await session.run(insertProvider, [
        record.identityProviderId,
        record.kind,
        record.name,
        record.status,
        record.createdAt,
      ]);
    },
    async setStatus(identityProviderId, status) {
      await session.run(setProviderStatus, [identityProviderId, status]);
    },
  };
}

function readProvider(row: IdentityProviderRow): IdentityProviderRecord {
  return {
    identityProviderId: row.identity_provider_id,
    kind: row.kind,
    name: row.name,
    status: row.status,
    createdAt: row.created_at,
  };
}
