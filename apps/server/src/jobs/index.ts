import {
  deliverOutbox,
  endSessionsOfEndedPasskeys,
  expireEnrollments,
  forgetAuthentication,
  forgetConnections,
  forgetOperatorSessions,
  forgetOrdersAndCodes,
  type Ports,
  rotateDueSigningKeys,
} from '@keywarden/domain';
import type { InstallationJob, Job, TenantJob } from './runner.ts';

export { type PromptJob, startPrompt } from './prompt.ts';
export { type InstallationJob, type Job, type JobLog, type RunningJobs, startJobs } from './runner.ts';

const second = 1000;
const minute = 60 * second;
const batch = 50;

/** Carries out what commands intended: on its clock, and as soon as something is intended here. */
export function outboxJob(ports: Ports): TenantJob {
  return {
    name: 'outbox',
    everyMilliseconds: 5 * second,
    run: async (tenantId) => (await deliverOutbox(ports, { tenantId, limit: batch })).failures,
  };
}

/** What goes on without a caller. */
export function lifecycleJobs(ports: Ports): readonly Job[] {
  return [
    outboxJob(ports),
    {
      name: 'enrollment-expiry',
      everyMilliseconds: minute,
      run: async (tenantId) => (await expireEnrollments(ports, { tenantId, limit: batch })).failures,
    },
    {
      name: 'authentication-expiry',
      everyMilliseconds: 5 * minute,
      run: async (tenantId) => {
        await forgetAuthentication(ports, { tenantId });
        return [];
      },
    },
    {
      name: 'passkey-expiry',
      everyMilliseconds: 5 * minute,
      run: async (tenantId) => {
        await endSessionsOfEndedPasskeys(ports, { tenantId });
        return [];
      },
    },
    {
      name: 'key-rotation',
      everyMilliseconds: 60 * minute,
      run: async (tenantId) => {
        await rotateDueSigningKeys(ports, { tenantId });
        return [];
      },
    },
    {
      name: 'order-expiry',
      everyMilliseconds: 60 * minute,
      run: async (tenantId) => {
        await forgetOrdersAndCodes(ports, { tenantId });
        return [];
      },
    },
    {
      name: 'connection-expiry',
      everyMilliseconds: 60 * minute,
      run: async (tenantId) => {
        await forgetConnections(ports, { tenantId });
        return [];
      },
    },
    {
      name: 'operator-session-expiry',
      everyMilliseconds: 60 * minute,
      run: async (tenantId) => {
        await forgetOperatorSessions(ports, { tenantId });
        return [];
      },
    },
  ];
}

/** Looks often for what another server downloaded, and downloads once a day. */
export function metadataJob(metadata: {
  refresh(signal: AbortSignal): Promise<readonly unknown[]>;
}): InstallationJob {
  return {
    name: 'metadata-refresh',
    everyMilliseconds: minute,
    runOnce: (signal) => metadata.refresh(signal),
  };
}
