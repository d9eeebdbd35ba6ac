export * from './commands.ts';
export * from './connection.ts';
export * from './open.ts';
export { broadcastChannel, maximumHidMessageLength } from './packets.ts';
export { hidError } from './transaction.ts';
