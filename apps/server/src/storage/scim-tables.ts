import type { ProvisioningTables } from '@keywarden/domain';
import { groupListTable } from './group-lists.ts';
import { deviceDirectoryTable } from './scim-devices.ts';
import { groupTable } from './scim-groups.ts';
import { provisioningTokenTable } from './scim-tokens.ts';
import { directoryTable } from './scim-users.ts';
import type { TableMakers } from './tables-on-demand.ts';

export const provisioningTables: TableMakers<ProvisioningTables> = {
  directory: directoryTable,
  groups: groupTable,
  groupLists: groupListTable,
  deviceDirectory: deviceDirectoryTable,
  provisioningTokens: provisioningTokenTable,
};
