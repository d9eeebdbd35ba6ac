export * from './data-folder.ts';
export * from './demo-file.ts';
export * from './ports.ts';
export * from './prepare-demo.ts';
export * from './program.ts';
export * from './settings.ts';
export * from './stack.ts';
export * from './start-demo.ts';
