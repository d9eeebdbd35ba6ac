import { Uuid } from '@keywarden/api';
import { Type } from 'typebox';

/** Path parameters; the tenant is resolved before a handler runs. */
export const DeviceParams = Type.Object({ deviceId: Uuid });
export const PasskeyParams = Type.Object({ passkeyId: Uuid });
export const PolicyParams = Type.Object({ policyId: Uuid });
export const EnrollmentParams = Type.Object({ enrollmentId: Uuid });
export const UserParams = Type.Object({ userId: Uuid });
