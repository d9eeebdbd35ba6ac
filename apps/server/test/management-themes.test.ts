import { usualTheme, usualWorkflow } from '@keywarden/domain';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type HttpServer, type HttpTenant, openHttpServer, openTenant } from './lifecycle/server.ts';

let server: HttpServer;
let tenant: HttpTenant;

beforeAll(async () => {
  server = await openHttpServer();
  tenant = await openTenant(server, 'looks');
});
afterAll(async () => {
  await server.close();
});

const svg = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><path d="M0 0h1v1z"/></svg>';
const base64 = (text: string) => Buffer.from(text).toString('base64');
const upload = (data: string, mediaType = 'image/svg+xml') =>
  tenant.call('POST', '/themes/images', { mediaType, data });

async function store(themeId: string, document: object, note?: string) {
  const current = await tenant.call('GET', `/themes/${themeId}`);
  const version = current.status === 404 ? 0 : current.body.version;
  return tenant.call('PUT', `/themes/${themeId}`, { version, document, note });
}

const shown = (query = '', headers: Record<string, string> = {}) =>
  server.call('GET', `/${tenant.tenantId}/authn/theme${query}`, { headers });

describe('themes over the management API', () => {
  test('the default one is there before anybody stored it', async () => {
    const { body } = await tenant.call('GET', '/themes');
    expect(body.items).toMatchObject([{ themeId: 'default', version: 0, inUse: true, document: usualTheme }]);
    expect((await tenant.call('GET', '/themes/default')).body).toMatchObject({ version: 0, warnings: [] });
    expect(await tenant.call('GET', '/themes/nowhere')).toMatchObject({
      status: 404,
      body: { code: 'theme-not-found' },
    });
  });

  test('are stored in versions, with who and why, audited; an older one can be stored again', async () => {
    expect(await store('autumn', { ...usualTheme, name: 'First' }, 'Leaves')).toMatchObject({
      status: 200,
      body: { version: 1, note: 'Leaves', warnings: [] },
    });
    expect((await store('autumn', { ...usualTheme, name: 'Second' })).body.version).toBe(2);
    const { body: versions } = await tenant.call('GET', '/themes/autumn/versions');
    expect(versions.items.map((head: { version: number }) => head.version)).toEqual([2, 1]);
    const old = await tenant.call('GET', '/themes/autumn/versions/1');
    expect((await store('autumn', old.body.document)).body).toMatchObject({
      version: 3,
      document: { name: 'First' },
    });
    const { body: events } = await tenant.call('GET', '/events?type=theme.stored');
    expect(events.items[0]).toMatchObject({
      target: { kind: 'theme', id: 'autumn' },
      particulars: { version: 3 },
    });
    expect(await tenant.call('GET', '/themes/autumn/versions/9')).toMatchObject({
      status: 404,
      body: { code: 'version-not-found' },
    });
  });

  test('of two who changed the same version, the second is told', async () => {
    await store('race', usualTheme);
    const both = await Promise.all(
      [1, 2].map(() => tenant.call('PUT', '/themes/race', { version: 1, document: usualTheme })),
    );
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
    const again = await tenant.call('PUT', '/themes/race', { version: 0, document: usualTheme });
    expect(again).toMatchObject({ status: 409, body: { code: 'version-conflict' } });
  });

  test('every fault is told at its place, a contrast that nobody can read as a warning', async () => {
    const document = {
      ...usualTheme,
      logo: 'A'.repeat(43),
      colors: {
        ...usualTheme.colors,
        light: { ...usualTheme.colors.light, accent: 'teal', link: '#cccccc' },
      },
    };
    const refused = await store('faulty', document);
    expect(refused).toMatchObject({
      status: 422,
      body: { code: 'document-invalid', faults: [{ at: '/colors/light/accent', rule: 'malformed' }] },
    });
    const pale = {
      ...document,
      colors: { ...document.colors, light: { ...usualTheme.colors.light, link: '#cccccc' } },
    };
    const reviewed = await tenant.call('POST', '/themes/validate', { document: pale });
    expect(reviewed.body).toMatchObject({
      faults: [{ at: '/logo', rule: 'no-such-image' }],
      warnings: [{ at: '/colors/light/link', rule: 'contrast', values: { ratio: 1.6 } }],
    });
  });

  test('a draft is shown as the pages would be told of it, and not stored', async () => {
    const document = {
      colors: usualTheme.colors,
      name: 'Draft',
      words: { es: { labels: { 'portal.help': 'Ayuda' }, scopes: {} } },
    };
    const shown = await tenant.call('POST', '/themes/draft/preview', { document, lang: 'es' });
    expect(shown).toMatchObject({
      status: 200,
      body: {
        theme_id: 'draft',
        name: 'Draft',
        language: 'es',
        labels: { 'portal.help': 'Ayuda', 'factor.password': 'Contraseña' },
      },
    });
    expect((await tenant.call('GET', '/themes/draft')).status).toBe(404);
    const refused = await tenant.call('POST', '/themes/draft/preview', { document: {}, lang: 'es' });
    expect(refused.body.code).toBe('document-invalid');
  });

  test('are deleted unless they are used', async () => {
    await store('passing', usualTheme);
    const { body: workflow } = await tenant.call('GET', '/workflow');
    const named = { ...usualWorkflow, theme_id: 'passing' };
    const used = await tenant.call('PUT', '/workflow', { version: workflow.version, document: named });
    expect(used.status).toBe(200);
    expect(await tenant.call('DELETE', '/themes/passing')).toMatchObject({
      status: 409,
      body: { code: 'theme-in-use' },
    });
    await tenant.call('PUT', '/workflow', { version: workflow.version + 1, document: usualWorkflow });
    expect((await tenant.call('DELETE', '/themes/passing')).status).toBe(204);
    expect((await tenant.call('GET', '/themes/passing')).status).toBe(404);
    expect((await tenant.call('DELETE', '/themes/default')).body.code).toBe('theme-in-use');
  });

  test('everybody reads, administrators write', async () => {
    const cookie = await server.signIn(tenant.tenantId, 'operator');
    const path = `/${tenant.tenantId}/api/v1/themes/default`;
    expect((await server.call('GET', path, { cookie })).status).toBe(200);
    const body = { version: 0, document: usualTheme };
    expect((await server.call('PUT', path, { cookie, body })).body.code).toBe('role-forbids');
  });
});

describe('images', () => {
  test('are served from an address that never changes, and as nobody’s page', async () => {
    const { status, body } = await upload(base64(svg));
    expect(status).toBe(201);
    const { pathname } = new URL(body.address);
    const image = await server.call('GET', pathname);
    expect(image.text).toBe(svg);
    expect(Object.fromEntries(image.headers)).toMatchObject({
      'content-type': 'image/svg+xml',
      'cache-control': 'public, max-age=31536000, immutable',
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'cross-origin',
    });
    expect((await upload(base64(svg))).body.digest).toBe(body.digest);
    expect((await server.call('GET', pathname.replace(body.digest, 'A'.repeat(43)))).status).toBe(404);
  });

  test.each([
    ['a script', base64(svg.replace('<path', '<script>alert(1)</script><path'))],
    ['a page', base64('<html><script>alert(1)</script></html>')],
    ['more than fits', base64(svg.replace('<path', `<path d="${'M0 0'.repeat(50_000)}"`))],
  ])('%s is refused', async (_what, data) => {
    const refused = await upload(data);
    expect(refused.status).toBe(400);
  });

  test('that no version shows are gone a day later', async () => {
    const kept = await upload(base64(svg.replace('M0 0h1v1z', 'M0 0h1')));
    const lost = await upload(base64(svg.replace('M0 0h1v1z', 'M0 0v1')));
    await store('pictured', { ...usualTheme, logo: kept.body.digest });
    const gone = await server.ports.store.transaction(tenant.tenantId, (tables) =>
      tables.themeImages.deleteUnused(new Date(Date.now() + 1000)),
    );
    expect(gone).toBeGreaterThan(0);
    expect((await server.call('GET', new URL(kept.body.address).pathname)).status).toBe(200);
    expect((await server.call('GET', new URL(lost.body.address).pathname)).status).toBe(404);
  });
});

describe('what the portal is given', () => {
  test('the tenant’s own words before the usual ones, in the reader’s language', async () => {
    const logo = (await upload(base64(svg))).body.digest;
    await store('default', {
      ...usualTheme,
      name: 'Contoso',
      logo,
      defaultLanguage: 'de',
      words: {
        de: { labels: { 'portal.help': 'Durchwahl 4711' }, scopes: {} },
        fr: {
          labels: { 'enroll_action.fido': 'Ajoutez votre clé' },
          scopes: { email: { label: 'Courriel', description: 'Lire votre courriel' } },
        },
      },
    });
    const french = await shown('?lang=fr-CA');
    expect(french.headers.get('content-language')).toBe('fr');
    expect(french.body).toMatchObject({
      theme_id: 'default',
      name: 'Contoso',
      language: 'fr',
      languages: ['en', 'de', 'fr', 'es'],
      logo: `${server.publicUrl}/${tenant.tenantId}/authn/theme/images/${logo}`,
      logo_dark: null,
      colors: { light: usualTheme.colors.light },
      labels: { 'enroll_action.fido': 'Ajoutez votre clé', 'portal.help': 'Durchwahl 4711' },
      scopes: {
        email: { description: 'Lire votre courriel' },
        openid: { description: 'Savoir qui vous êtes' },
      },
    });
    const language = async (query: string, header: string) =>
      (await shown(query, { 'accept-language': header })).body.language;
    expect(await language('', 'nl, es;q=0.5, en;q=0.7')).toBe('en');
    expect(await language('?ui_locales=xx%20es', 'en')).toBe('es');
    expect(await language('?lang=nl', 'pt')).toBe('de');
  });

  test('the theme that the workflow names is worn where no other is asked for', async () => {
    await store('worn', { ...usualTheme, name: 'Worn' });
    const { body: workflow } = await tenant.call('GET', '/workflow');
    const stored = await tenant.call('PUT', '/workflow', {
      version: workflow.version,
      document: { ...usualWorkflow, theme_id: 'worn' },
    });
    expect(stored.status).toBe(200);
    expect((await shown()).body).toMatchObject({ theme_id: 'worn', name: 'Worn' });
    expect((await shown('?theme_id=nowhere')).body.theme_id).toBe('worn');
    expect((await shown('?theme_id=default')).body.theme_id).toBe('default');
    await tenant.call('PUT', '/workflow', { version: workflow.version + 1, document: usualWorkflow });
  });

  test('an unknown theme is the default one; a page asks again without being sent it twice', async () => {
    const first = await shown('?theme_id=nowhere&lang=en');
    expect(first.body.theme_id).toBe('default');
    const tag = first.headers.get('etag') ?? '';
    expect(tag).toMatch(/^"[\w-]+"$/);
    expect(first.headers.get('vary')).toContain('accept-language');
    const again = await shown('?lang=en', { 'if-none-match': `W/${tag}` });
    expect([again.status, again.text]).toEqual([304, '']);
    expect((await shown('?lang=de', { 'if-none-match': tag })).status).toBe(200);
  });

  test('consent is asked for in the theme’s words', async () => {
    const client = await registerWithConsent();
    const told = await consentOf(client, { 'accept-language': 'fr' });
    expect(told).toContainEqual({
      scope: 'email',
      label: 'Courriel',
      description: 'Lire votre courriel',
      status: 'unknown',
    });
    // What the client asked for in its request wins over what the browser says.
    const spanish = await consentOf(client, { 'accept-language': 'fr' }, 'es');
    expect(spanish).toContainEqual(
      expect.objectContaining({ scope: 'openid', description: 'Saber quién es usted' }),
    );
  });

  async function registerWithConsent() {
    const { registerClient } = await import('@keywarden/domain');
    const actor = {
      kind: 'system',
      id: 't',
      name: 't',
      role: null,
      requestId: null,
      clientIp: null,
    } as const;
    const redirectUri = 'https://consent.example/callback';
    const { clientId, secret } = await registerClient(server.ports, actor, {
      tenantId: tenant.tenantId,
      name: 'Asks first',
      redirectUris: [redirectUri],
      consentRequired: true,
    });
    const hash = await server.ports.passwords.hash('a long enough password');
    await server.ports.store.transaction(tenant.tenantId, (tables) =>
      tables.passwords.set(tenant.userId, hash),
    );
    return { clientId, secret, redirectUri };
  }

  async function consentOf(
    { clientId, secret, redirectUri }: { clientId: string; secret: string; redirectUri: string },
    headers: Record<string, string>,
    uiLocales?: string,
  ) {
    const pushed = await server.call('POST', `/${tenant.tenantId}/authn/par`, {
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        authorization: `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}`,
      },
      form: new URLSearchParams({
        response_type: 'code',
        client_id: clientId,
        redirect_uri: redirectUri,
        scope: 'openid email',
        code_challenge: 'A'.repeat(43),
        code_challenge_method: 'S256',
        ...(uiLocales === undefined ? {} : { ui_locales: uiLocales }),
      }),
    });
    const asked = await server.call('POST', `/${tenant.tenantId}/authn/code`, {
      headers,
      body: {
        grant_type: 'password',
        request_uri: pushed.body.request_uri,
        authType: 'AT_EMPPWD',
        username: tenant.username,
        password: 'a long enough password',
      },
    });
    expect(asked.body.error).toBe('consent_required');
    return asked.body.sharings;
  }
});
