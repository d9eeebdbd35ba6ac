import { describe, expect, it } from 'vitest';
import type { DemoFile } from '../launch/demo-file.ts';
import { recordSteps } from '../road/steps.ts';
import { claimLines, stepLine } from './step-lines.ts';
import { demoSummary, table } from './summary.ts';

const file: DemoFile = {
  baseUrl: 'http://localhost:8080',
  workstationUrl: 'ws://127.0.0.1:9333',
  tenant: 'demo',
  operator: { signInUrl: `http://localhost:8080/sign-in?token=${'t'.repeat(43)}` },
  client: { id: 'demo-portal', secret: 's'.repeat(43), redirectUri: 'http://localhost:8080/demo/callback' },
  users: {
    alice: { password: 'p'.repeat(24) },
    bob: { password: 'q'.repeat(24) },
    carol: { password: 'r'.repeat(24) },
  },
  openDemo: {
    tenant: 'open-demo',
    operator: { signInUrl: `http://localhost:8080/sign-in?token=${'o'.repeat(43)}` },
    client: { id: 'open', secret: 'u'.repeat(43), redirectUri: 'http://localhost:8080/open-demo/callback' },
  },
  virtualKeys: [
    { name: 'Virtual key', serial: 'VK-0001', state: 'Not Configured', pin: null },
    { name: 'Virtual key', serial: 'VK-0002', state: 'Ready', pin: null },
    { name: 'Virtual key', serial: 'VK-0003', state: 'Configured', pin: '41823601' },
    { name: 'Virtual key', serial: 'VK-0004', state: 'Revoked', pin: '902817' },
  ],
};
const summary = () =>
  demoSummary({
    file,
    operator: 'Olivia Operator',
    displayNames: { alice: 'Alice Liddell', bob: 'Bob Baker', carol: 'Carol Chen' },
    dataFile: '/srv/keywarden/data/demo.json',
    logFolder: '/srv/keywarden/data/logs',
  });

describe('the summary of the demo', () => {
  it('fits into 80 columns', () => {
    for (const line of summary().split('\n')) expect(line.length, line).toBeLessThanOrEqual(80);
  });

  it('puts both links alone on their lines, to be copied', () => {
    const lines = summary().split('\n');
    expect(lines).toContain(file.operator.signInUrl);
    expect(lines).toContain('http://localhost:8080/assign-user/alice');
  });

  it('names the four virtual keys with state and PIN, the users, the service and how to stop', () => {
    const text = summary();
    expect(text).toMatch(/VK-0001 +Not Configured +none yet/);
    expect(text).toMatch(/VK-0003 +Configured +41823601/);
    expect(text).toMatch(/carol +Carol Chen +r{24}/);
    expect(text).toContain('ws://127.0.0.1:9333');
    expect(text).toContain('Ctrl-C stops everything');
  });

  it('never prints the client secret', () => {
    expect(summary()).not.toContain(file.client.secret);
  });
});

describe('tables and steps', () => {
  it('pads columns to their widest cell and leaves no blanks at the end', () => {
    expect(
      table([
        ['a', 'bbb', 'c'],
        ['aaaa', 'b', ''],
      ]),
    ).toEqual(['a     bbb  c', 'aaaa  b']);
  });

  it('times each step and marks the one that failed', async () => {
    let now = 1000;
    const lines: string[] = [];
    const steps = recordSteps({ now: () => now, onRecord: (record) => lines.push(stepLine(record)) });
    await steps.run(
      'Start',
      async () => {
        now += 1230;
        return 4;
      },
      (keys) => `${keys} keys`,
    );
    const failing = steps.run('Sign in', async () => {
      now += 10;
      throw new Error('refused');
    });
    await expect(failing).rejects.toThrow('refused');
    expect(lines).toEqual(['  ✓   1.23 s  Start: 4 keys', '  ✗   0.01 s  Sign in']);
    expect(steps.records[1]).toMatchObject({ startedAfterSeconds: 1.23, outcome: 'failed' });
  });

  it('shows claims one a line and explains instants', () => {
    expect(claimLines({ sub: 'abc', exp: 1_700_000_000, amr: ['hwk'] })).toEqual([
      '  sub  abc',
      '  exp  1700000000  (2023-11-14T22:13:20.000Z)',
      '  amr  ["hwk"]',
    ]);
  });
});
