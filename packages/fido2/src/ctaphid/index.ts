export * from './connection.ts';
export * from './open.ts';
