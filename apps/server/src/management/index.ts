import type { Route } from '../http/route.ts';
import { assignmentRoutes } from './assignments.ts';
import { clientRoutes } from './clients.ts';
import { deviceRoutes } from './devices.ts';
import { enrollmentRoutes } from './enrollments.ts';
import { eventRoutes } from './events.ts';
import { factorRoutes } from './factors.ts';
import { groupRoutes } from './groups.ts';
import { identityProviderRoutes } from './identity-providers.ts';
import { operatorRoutes } from './operators.ts';
import { orderRoutes } from './orders.ts';
import { passkeyRoutes } from './passkeys.ts';
import { policyRoutes } from './policies.ts';
import { provisioningTokenRoutes } from './provisioning-tokens.ts';
import { signingKeyRoutes } from './signing-keys.ts';
import { themeRoutes } from './themes.ts';
import { userRoutes } from './users.ts';
import { workflowRoutes } from './workflow.ts';
import { workstationRoutes } from './workstations.ts';

/** The management API, `/{tenant}/api/v1`. `scimPath` is where directories provision, below `/{tenant}/`. */
export function managementRoutes({ scimPath }: { readonly scimPath: string }): readonly Route[] {
  return [
    ...assignmentRoutes,
    ...orderRoutes,
    ...deviceRoutes,
    ...policyRoutes,
    ...enrollmentRoutes,
    ...userRoutes,
    ...groupRoutes,
    ...operatorRoutes,
    ...passkeyRoutes,
    ...signingKeyRoutes,
    ...factorRoutes,
    ...provisioningTokenRoutes({ scimPath }),
    ...identityProviderRoutes,
    ...workstationRoutes,
    ...eventRoutes,
    ...clientRoutes,
    ...workflowRoutes,
    ...themeRoutes,
  ];
}
