export * from './assign-key.ts';
export * from './management-client.ts';
export * from './open-session.ts';
export * from './refusals.ts';
export * from './relying-client.ts';
export * from './sign-in.ts';
export * from './steps.ts';
export * from './workstation-connection.ts';
