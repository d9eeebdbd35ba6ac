import { Uuid } from '@keywarden/api';
import { Type } from 'typebox';

/** Path parameters; the tenant is resolved before a handler runs. */
export const DeviceParams = Type.Object({ deviceId: Uuid });
export const PasskeyParams = Type.Object({ passkeyId: Uuid });
export const PolicyParams = Type.Object({ policyId: Uuid });
export const EnrollmentParams = Type.Object({ enrollmentId: Uuid });
/** RFC 7638 thumbprint. */
export const WorkstationParams = Type.Object({
  workstationId: Type.String({ pattern: '^[A-Za-z0-9_-]{1,128}$' }),
});
export const UserParams = Type.Object({ userId: Uuid });
