import type { ProvisioningTables } from '@keywarden/domain';
import { deviceDirectoryTable } from './scim-devices.ts';
import { groupTable } from './scim-groups.ts';
import { provisioningTokenTable } from './scim-tokens.ts';
import { directoryTable } from './scim-users.ts';
import type { TableMakers } from './tables-on-demand.ts';

export const provisioningTables: TableMakers<ProvisioningTables> = {
  directory: directoryTable,
  groups: groupTable,
  deviceDirectory: deviceDirectoryTable,
  provisioningTokens: provisioningTokenTable,
};
