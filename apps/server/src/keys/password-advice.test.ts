import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPasswordAdvice } from './password-advice.ts';

// SHA-1 of “password”: 5BAA6 1E4C9B93F3F0682250B6CF8331B7EE68FD8.
const suffix = '1E4C9B93F3F0682250B6CF8331B7EE68FD8';

describe('what the world knows of a password', () => {
  const asked: { url: string; padding: string | undefined }[] = [];
  const warnings: string[] = [];
  let answer: (() => { status: number; body: string }) | 'never';
  let server: Server;
  let url: string;

  beforeAll(async () => {
    server = createServer((request, response) => {
      const { 'add-padding': padding } = request.headers;
      asked.push({ url: request.url ?? '', padding: typeof padding === 'string' ? padding : undefined });
      if (answer === 'never') return;
      const { status, body } = answer();
      response.writeHead(status).end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    url = `http://127.0.0.1:${address.port}/range/`;
  });
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const advice = (breachedPasswordsUrl: string | null) =>
    createPasswordAdvice({
      breachedPasswordsUrl,
      fetch,
      log: { warn: (_details, message) => warnings.push(message) },
    });

  it('knows those that everybody tries first, from a list that is read when first asked for', async () => {
    const { isCommon } = advice(null);
    expect(await isCommon('password123')).toBe(true);
    expect(await isCommon('1234567890')).toBe(true);
    expect(await isCommon('tomorrow we dig the garden')).toBe(false);
  });

  it('asks nobody where nobody is named', () => {
    expect(advice(null).isBreached).toBeNull();
  });

  it('asks with five digits of the hash, padded, and reads the rest of it in the answer', async () => {
    answer = () => ({ status: 200, body: `${'0'.repeat(35)}:3\r\n${suffix}:9545824\r\n` });
    expect(await advice(url).isBreached?.('password')).toBe('breached');
    expect(asked).toEqual([{ url: '/range/5BAA6', padding: 'true' }]);
    // An entry of the padding.
    answer = () => ({ status: 200, body: `${suffix}:0\r\n` });
    expect(await advice(url).isBreached?.('password')).toBe('not-found');
  });

  it.each([
    ['an error', () => ({ status: 503, body: '' })],
    ['more than it should', () => ({ status: 200, body: 'x'.repeat(600_000) })],
    ['a detour', () => ({ status: 302, body: '' })],
    ['nothing', 'never' as const],
  ])('does not know where the answer is %s, and says so in the log', async (_what, given) => {
    answer = given;
    warnings.length = 0;
    const before = Date.now();
    expect(await advice(url).isBreached?.('password')).toBe('unknown');
    expect(Date.now() - before).toBeLessThan(5_000);
    expect(warnings).toEqual(['a password could not be looked up among breached ones']);
  });
});
