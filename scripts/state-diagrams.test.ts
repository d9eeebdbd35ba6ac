import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { deviceTransitions, enrollmentTransitions, passkeyDeviceTransitions } from '@keywarden/domain';
import { describe, expect, test } from 'vitest';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const document = readFileSync(path.join(root, 'docs/ARCHITECTURE.md'), 'utf8');

/** Arrows of the diagram that has this state, as `FROM event TO`. */
function drawn(state: string): readonly string[] {
  const diagram = [...document.matchAll(/```mermaid\nstateDiagram-v2\n([\s\S]*?)```/g)]
    .map(([, body = '']) => body)
    .find((body) => body.includes(state));
  return [...(diagram ?? '').matchAll(/^ {2}([A-Z_]+) --> ([A-Z_]+): (.+)$/gm)].map(
    ([, from, to, event]) => `${from} ${event} ${to}`,
  );
}

/** A state that an event leaves as it is has no arrow. */
function moving(transitions: readonly (readonly [string, string, string])[]): readonly string[] {
  return transitions
    .filter(([from, , to]) => from !== to)
    .map(([from, event, to]) => `${from} ${event.replaceAll('-', ' ')} ${to}`);
}

describe('docs/ARCHITECTURE.md draws the tables that the code runs', () => {
  test.each([
    ['device', 'NOT_CONFIGURED', deviceTransitions],
    ['enrollment', 'OPTIONS_ISSUED', enrollmentTransitions],
    ['passkey device', 'SUSPENDED', passkeyDeviceTransitions],
  ] as const)('%s', (_name, state, transitions) => {
    expect([...drawn(state)].sort()).toEqual([...moving(transitions)].sort());
  });
});
