export * from './device.ts';
export * from './info.ts';
export * from './status.ts';
export * from './surroundings.ts';
