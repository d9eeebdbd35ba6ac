export * from './authorization-request.ts';
export * from './client.ts';
export * from './consent-record.ts';
export * from './transaction.ts';
export * from './workflow.ts';
