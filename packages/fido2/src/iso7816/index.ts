export * from './apdu.ts';
export * from './connection.ts';
export * from './open.ts';
