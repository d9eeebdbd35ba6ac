import type * as Api from '@keywarden/api';
import type * as Domain from '@keywarden/domain';

/** From the domain's shapes to the wire's: times as text, secrets and inner fields left behind. */

export function deviceView({ device, policy }: Domain.DeviceDetails): Api.Device {
  return {
    deviceId: device.deviceId,
    status: device.state,
    policy,
    serial: device.serial,
    aaguid: device.aaguid,
    model: device.model,
    firmware: device.firmware,
    virtual: device.virtual,
    tagged: device.assetTag !== null,
    owner: device.owner,
    createdAt: device.createdAt.toISOString(),
    updatedAt: device.updatedAt.toISOString(),
  };
}

export function enrollmentView({ enrollment, details }: Domain.EnrollmentDetails): Api.Enrollment {
  const { failureCode, failureMessage } = enrollment;
  return {
    enrollmentId: enrollment.enrollmentId,
    status: enrollment.state,
    device: deviceView(details),
    user: enrollment.user,
    workstationId: enrollment.workstationId,
    connectionId: enrollment.connectionId,
    failure: failureCode === null ? null : { code: failureCode, message: failureMessage ?? failureCode },
    createdAt: enrollment.createdAt.toISOString(),
    expiresAt: enrollment.expiresAt.toISOString(),
  };
}

export function stepView(step: Domain.EnrollmentStep): Api.EnrollmentStep {
  return { enrollment: enrollmentView(step), next: step.next };
}

export function policyView(policy: Domain.Policy): Api.Policy {
  const { rules } = policy;
  return {
    policyId: policy.policyId,
    name: policy.name,
    version: policy.version,
    status: policy.deviceCount > 0 ? 'ACTIVE' : 'INACTIVE',
    deviceCount: policy.deviceCount,
    rules: { ...rules, allowedAaguids: [...rules.allowedAaguids] },
    createdAt: policy.createdAt.toISOString(),
    updatedAt: policy.updatedAt.toISOString(),
  };
}

export function userView(user: Domain.User): Api.User {
  return {
    userId: user.userId,
    username: user.username,
    displayName: user.displayName,
    email: user.email,
    status: user.status,
    createdAt: user.createdAt.toISOString(),
  };
}

export function userDetailsView(user: Domain.UserDetails): Api.UserDetails {
  const { groups, externalId, language, version } = user;
  return { ...userView(user), groups: [...groups], externalId, language, version };
}

export function workstationView(workstation: Domain.Workstation) {
  return {
    workstationId: workstation.workstationId,
    name: workstation.name,
    pairedAt: workstation.pairedAt.toISOString(),
    lastSeenAt: workstation.lastSeenAt?.toISOString() ?? null,
  };
}

export function identityProviderView(provider: Domain.ListedIdentityProvider) {
  return {
    identityProviderId: provider.identityProviderId,
    kind: provider.kind,
    name: provider.name,
    status: provider.status,
    default: provider.isDefault,
  };
}

export function eventView(event: Domain.AuditEvent) {
  return { ...event, at: event.at.toISOString() };
}

/** One page of anything. */
export function pageView<T, V>(page: Domain.Page<T>, view: (item: T) => V) {
  return { items: page.items.map(view), next: page.next, total: page.total };
}

const pageLimit = 50;

export function pageRequest(query: { limit?: number; after?: string }): Domain.PageRequest {
  return { limit: query.limit ?? pageLimit, after: query.after ?? null };
}
