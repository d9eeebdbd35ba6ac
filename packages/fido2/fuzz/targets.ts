import { commandTargets } from './command-targets.ts';
import { formatTargets } from './format-targets.ts';
import type { Target } from './fuzz.ts';
import { metadataTarget } from './metadata-target.ts';
import { transportTargets } from './transport-targets.ts';

/** Everything of this package that reads bytes from outside. */
export const targets: readonly Target[] = [
  ...formatTargets,
  ...transportTargets,
  metadataTarget,
  ...commandTargets,
];
