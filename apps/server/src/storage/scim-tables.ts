import type { ProvisioningTables } from '@keywarden/domain';
import { deviceDirectoryTable } from './scim-devices.ts';
import { groupTable } from './scim-groups.ts';
import { provisioningTokenTable } from './scim-tokens.ts';
import { directoryTable } from './scim-users.ts';
import type { TenantSession } from './session.ts';

export function provisioningTables(session: TenantSession): ProvisioningTables {
  return {
    directory: directoryTable(session),
    groups: groupTable(session),
    deviceDirectory: deviceDirectoryTable(session),
    provisioningTokens: provisioningTokenTable(session),
  };
}
