import { existsSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { findFreePort } from '../src/launch/index.ts';
import { signInOperator } from '../src/road/index.ts';
import { launch, processesNaming, temporaryFolder } from './launcher.ts';

const linkIn = (text: string) => /^http:\/\/localhost:\d+\/sign-in\?token=\S+$/m.exec(text)?.[0] ?? '';
const environmentIn = async (folder: string) => ({
  DATA_DIR: path.join(folder, 'data'),
  PORT: String(await findFreePort('127.0.0.1')),
  WORKSTATION_PORT: String(await findFreePort('127.0.0.1')),
});

describe('npm run tenants', { timeout: 240_000 }, () => {
  it('makes tenants, lists them and lets their owners in, without a server and beside one', async (context) => {
    const folder = await temporaryFolder(context);
    const environment = await environmentIn(folder);
    const baseUrl = `http://localhost:${environment.PORT}`;
    const tenants = async (...args: string[]) => {
      const run = launch(['tenants', ...args], environment);
      const code = await run.ended;
      return { code, ...run.output() };
    };
    const owner = (tenant: string, { out }: { out: string }) =>
      signInOperator({ baseUrl, tenant, signInUrl: linkIn(out) });

    expect(await tenants('list')).toMatchObject({ code: 0, out: expect.stringContaining('no tenant yet') });
    const made = await tenants('add', 'acme', '--name', 'Acme Ltd');
    expect(made, made.err).toMatchObject({ code: 0, out: expect.stringContaining('acme is there') });
    const again = await tenants('add', 'acme');
    expect(again).toMatchObject({ code: 1, out: '', err: expect.stringContaining('already') });
    expect(processesNaming(folder)).toEqual([]);

    const server = launch(['start'], environment);
    context.onTestFinished(async () => {
      server.child.kill('SIGTERM');
      await server.ended;
    });
    const starting = () => existsSync(path.join(environment.DATA_DIR, 'instance.lock'));
    await expect.poll(starting, { timeout: 30_000 }).toBe(true);
    // Its database is waited for, and no other is started before it.
    expect(await tenants('list')).toMatchObject({ code: 0, out: 'acme  Acme Ltd\n' });
    const healthy = () =>
      fetch(`${baseUrl}/healthz`).then(
        ({ ok }) => ok,
        () => false,
      );
    await expect.poll(healthy, { timeout: 150_000 }).toBe(true);
    // Where somebody named her tenant, nobody is given another one.
    expect(server.output().out).not.toContain('/sign-in?token=');

    const beside = await tenants('add', 'beta');
    expect(beside, beside.err).toMatchObject({ code: 0 });
    expect(await (await owner('beta', beside)).session()).toMatchObject({
      operator: { role: 'owner' },
      tenant: { tenantId: 'beta', name: 'beta' },
    });
    const link = await tenants('owner-link', 'acme');
    expect(link, link.err).toMatchObject({ code: 0 });
    // The newest link is the one that opens, and it opens once.
    await expect(owner('acme', made)).rejects.toMatchObject({ code: 'server-refused' });
    expect(await (await owner('acme', link)).session()).toMatchObject({
      operator: { role: 'owner' },
      tenant: { tenantId: 'acme', name: 'Acme Ltd' },
    });
    await expect(owner('acme', link)).rejects.toMatchObject({ code: 'server-refused' });
    const { cookie } = await owner('acme', await tenants('owner-link', 'acme'));
    const events = await fetch(`${baseUrl}/acme/api/v1/events?type=operator.link-issued`, {
      headers: { cookie },
    });
    // Whoever runs the installation leaves a trace, too.
    expect(await events.json()).toMatchObject({
      items: Array(3).fill({ actor: { kind: 'system' }, target: { name: 'Owner' } }),
    });

    expect(await tenants('list')).toMatchObject({ code: 0, out: 'acme  Acme Ltd\nbeta  beta\n' });
    expect(await tenants('owner-link', 'nobody')).toMatchObject({
      code: 1,
      err: expect.stringContaining('There is no tenant “nobody”'),
    });
    for (const name of ['api', 'Acme', '-x']) {
      expect(await tenants('add', '--', name)).toMatchObject({
        code: 1,
        out: '',
        err: expect.stringContaining('small letters, digits and hyphens'),
      });
    }
    // The server was not disturbed.
    expect(await healthy()).toBe(true);
    server.child.kill('SIGTERM');
    expect(await server.ended).toBe(0);
    expect(processesNaming(folder)).toEqual([]);
  });

  it('waits for the tables of a server that is just making them', async (context) => {
    const folder = await temporaryFolder(context);
    const environment = await environmentIn(folder);
    const server = launch(['start'], environment);
    context.onTestFinished(async () => {
      server.child.kill('SIGTERM');
      await server.ended;
    });
    const starting = () => existsSync(path.join(environment.DATA_DIR, 'instance.lock'));
    await expect.poll(starting, { timeout: 30_000, interval: 20 }).toBe(true);
    const run = launch(['tenants', 'add', 'acme'], environment);
    expect(await run.ended, run.output().err).toBe(0);
    expect(linkIn(run.output().out)).not.toBe('');
  });
});
