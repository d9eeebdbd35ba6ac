export {
  changeProvisionedDevice,
  getProvisionedDevice,
  listProvisionedDevices,
  type ProvisionedDeviceChange,
  provisionDevice,
  removeProvisionedDevice,
} from './provisioning-devices.ts';
export {
  changeProvisionedGroup,
  type GroupChange,
  getProvisionedGroup,
  listProvisionedGroups,
  type ProvisionedGroup,
  provisionGroup,
  removeProvisionedGroup,
} from './provisioning-groups.ts';
export {
  authenticateProvisioner,
  issueProvisioningToken,
  listProvisioningTokens,
  revokeProvisioningToken,
} from './provisioning-tokens.ts';
export {
  changeProvisionedUser,
  getProvisionedUser,
  listProvisionedUsers,
  type ProvisionedUser,
  provisionUser,
  removeProvisionedUser,
} from './provisioning-users.ts';
