export * from './authn.ts';
export * from './management.ts';
export * from './order.ts';
export * from './primitives.ts';
export * from './problem.ts';
export * from './webauthn.ts';
export * from './workstation.ts';
