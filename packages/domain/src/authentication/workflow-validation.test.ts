import { describe, expect, it } from 'vitest';
import { roots } from './attestation-roots.fake.ts';
import { contrastOf } from './contrast.ts';
import { presentTheme, type ThemeDocument, usualStoredTheme, usualTheme } from './theme.ts';
import { readThemeImage, type ThemeImageType } from './theme-image.ts';
import { completeTheme, themeFaults, themeWarnings } from './theme-validation.ts';
import { usualWorkflow } from './workflow.ts';
import { arrangeWorkflow, completeWorkflow } from './workflow-reading.ts';
import { workflowFaults, workflowWarnings } from './workflow-validation.ts';

/** The usual workflow as JSON has it, free to be broken. */
// biome-ignore lint/suspicious/noExplicitAny: what is broken has no type.
const broken = (change: (document: any) => void): unknown => {
  const document = JSON.parse(JSON.stringify(usualWorkflow));
  change(document);
  return document;
};
const told = (document: unknown) => workflowFaults(document).map(({ at, rule }) => [at, rule]);

const now = new Date('2026-11-22T12:00:00Z');
const trusting = (root: string) =>
  broken((d) => Object.assign(d.enrollActions[0], { attestationTrust: 'roots', attestationRoots: [root] }));
const pem = `-----BEGIN CERTIFICATE-----\n${Buffer.from(roots.ended, 'base64url').toString('base64')}\n-----END CERTIFICATE-----\n`;

/** As small as a document may be. */
const small = {
  accessCriteria: [{ accessCriteriaId: 'access_criteria.all' }],
  firstFactors: [
    {
      factorId: 'factor.password',
      type: 'LOGIN',
      code: 'AT_EMPPWD',
      acr: 'acr_password',
      accessCriteriaId: 'access_criteria.all',
    },
    {
      factorId: 'factor.mail',
      type: 'OTP',
      method: 'email',
      code: 'AT_MAIL',
      acr: 'acr_mail',
      accessCriteriaId: 'access_criteria.all',
    },
  ],
};

describe('the shape of a workflow', () => {
  it.each<[string, unknown, string, string]>([
    ['no object', [], '', 'not-object'],
    ['nothing', null, '', 'not-object'],
    ['an empty object', {}, '/firstFactors', 'missing'],
    ['a list that is none', broken((d) => (d.firstFactors = 'x')), '/firstFactors', 'not-list'],
    ['a member that is not known', broken((d) => (d.theme = 'x')), '/theme', 'unknown'],
    ['the theme by both its names', broken((d) => (d.themeId = 'default')), '/themeId', 'duplicate'],
    ['actions that are no list', broken((d) => (d.actions = {})), '/actions', 'not-list'],
    ['an action', broken((d) => (d.actions = [{ actionId: 'action.x' }])), '/actions/0', 'unknown'],
    ['a member with a slash in its name', broken((d) => (d['a/b~c'] = 1)), '/a~1b~0c', 'unknown'],
    [
      'a factor of no known type',
      broken((d) => (d.firstFactors[0].type = 'FACE')),
      '/firstFactors/0/type',
      'not-one-of',
    ],
    [
      'a factor without a type',
      broken((d) => delete d.firstFactors[1].type),
      '/firstFactors/1/type',
      'missing',
    ],
    [
      'a factor without an acr',
      broken((d) => delete d.firstFactors[1].acr),
      '/firstFactors/1/acr',
      'missing',
    ],
    [
      'a text that is a number',
      broken((d) => (d.firstFactors[0].code = 1)),
      '/firstFactors/0/code',
      'not-text',
    ],
    ['an empty text', broken((d) => (d.firstFactors[0].acr = '')), '/firstFactors/0/acr', 'empty'],
    [
      'a text that is too long',
      broken((d) => (d.firstFactors[0].acr = 'a'.repeat(300))),
      '/firstFactors/0/acr',
      'too-long',
    ],
    [
      'an acr with a space',
      broken((d) => (d.firstFactors[0].acr = 'a b')),
      '/firstFactors/0/acr',
      'malformed',
    ],
    ['half a try', broken((d) => (d.firstFactors[0].retry = 1.5)), '/firstFactors/0/retry', 'not-number'],
    [
      'a member of another type of factor',
      broken((d) => (d.firstFactors[1].rpId = 'x.example')),
      '/firstFactors/1/rpId',
      'unknown',
    ],
    [
      'an inherited name',
      broken((d) => (d.firstFactors[0].constructor = {})),
      '/firstFactors/0/constructor',
      'unknown',
    ],
    [
      'yes for true',
      broken((d) => (d.enrollActions[0].deviceBoundOnly = 'yes')),
      '/enrollActions/0/deviceBoundOnly',
      'not-boolean',
    ],
    [
      'an AAGUID in capitals',
      broken((d) => (d.enrollActions[0].deniedAaguids = ['EE882879-721C-4913-9775-3DFCCE97072A'])),
      '/enrollActions/0/deniedAaguids/0',
      'malformed',
    ],
    [
      'more models than anybody has',
      broken((d) => (d.enrollActions[0].deniedAaguids = Array(1001).fill('x'))),
      '/enrollActions/0/deniedAaguids',
      'too-many',
    ],
    [
      'a bootstrap that nobody knows',
      broken((d) => (d.dangerousBootstrap = 'on')),
      '/dangerousBootstrap',
      'not-one-of',
    ],
    [
      'criteria with a filter that is no boolean',
      broken((d) => (d.accessCriteria[0].authenticators.firstFactorsFiltering = 1)),
      '/accessCriteria/0/authenticators/firstFactorsFiltering',
      'not-boolean',
    ],
    [
      'a model that is allowed and denied',
      broken((d) => {
        const model = 'ee882879-721c-4913-9775-3dfcce97072a';
        Object.assign(d.enrollActions[0], { allowedAaguids: [model], deniedAaguids: [model] });
      }),
      '/enrollActions/0/deniedAaguids/0',
      'allowed-and-denied',
    ],
    [
      'a level of certification without metadata',
      broken((d) => (d.enrollActions[0].minimumCertification = 'FIDO_CERTIFIED_L2')),
      '/enrollActions/0/minimumCertification',
      'certification-without-metadata',
    ],
    [
      'a level of certification that there is not',
      broken((d) => (d.enrollActions[0].minimumCertification = 'L9')),
      '/enrollActions/0/minimumCertification',
      'not-one-of',
    ],
    [
      'a root that is no certificate',
      trusting('AAAA'),
      '/enrollActions/0/attestationRoots/0',
      'not-a-certificate',
    ],
    [
      'a root by which verification believes nobody, though it is a certificate',
      trusting(roots.weak),
      '/enrollActions/0/attestationRoots/0',
      'certificate-refused',
    ],
    [
      'a certificate as PEM where its bytes belong',
      trusting(Buffer.from(pem).toString('base64url')),
      '/enrollActions/0/attestationRoots/0',
      'certificate-refused',
    ],
    [
      'a root with a critical extension that nobody knows',
      trusting(roots.critical),
      '/enrollActions/0/attestationRoots/0',
      'certificate-refused',
    ],
  ])('%s is told at its place', (_what, document, at, rule) => {
    expect(told(document)).toContainEqual([at, rule]);
  });

  it('every fault is told at once, and what refers to a broken part is not blamed', () => {
    const document = broken((d) => {
      d.firstFactors[0].retry = 99;
      d.firstFactors[1].stepUp = 'required';
      d.enrollActions[0].upon.push('factor.nobody');
      d.enrollActions[0].algorithms = [];
      d.extra = true;
    });
    expect(told(document).sort()).toEqual([
      ['/enrollActions/0/algorithms', 'no-algorithm'],
      ['/enrollActions/0/upon/2', 'no-such-factor'],
      ['/extra', 'unknown'],
      ['/firstFactors/0/retry', 'out-of-range'],
      ['/firstFactors/1/stepUp', 'step-up-without-second'],
    ]);
  });

  it('a document that is all faults is answered with a bounded list', () => {
    const document = broken((d) => (d.enrollActions[0].deniedAaguids = Array(1000).fill('x')));
    expect(workflowFaults(document).length).toBe(200);
  });

  it('each fault says in words what is wrong', () => {
    const [fault] = workflowFaults(broken((d) => (d.firstFactors[0].retry = 0)));
    expect(fault).toEqual({
      at: '/firstFactors/0/retry',
      rule: 'out-of-range',
      values: { minimum: 1, maximum: 10 },
      what: 'is not between 1 and 10',
    });
  });
});

describe('the code that an operator issues', () => {
  const protectedBy = (authType: string | null, pendingDevice: boolean) =>
    broken((d) => (d.enrollActions[0].protectionFactor = { authType, pendingDevice }));

  it('may protect an enrollment, for a device that waits', () => {
    expect(told(protectedBy('AT_ENROLLMENT_CODE', true))).toEqual([]);
    expect(told(protectedBy(null, true))).toEqual([]);
    expect(told(protectedBy('AT_ENROLLMENT_CODE', false))).toEqual([
      ['/enrollActions/0/protectionFactor/authType', 'no-such-auth-type'],
    ]);
  });

  it('is no factor', () => {
    for (const code of ['AT_ENROLLMENT_CODE', 'AT_NEW_PASSWORD']) {
      expect(told(broken((d) => (d.firstFactors[1].code = code)))).toContainEqual([
        '/firstFactors/1/code',
        'auth-type-taken',
      ]);
    }
  });
});

describe('what a document leaves out', () => {
  it('has its default', () => {
    expect(workflowFaults(small)).toEqual([]);
    const workflow = completeWorkflow(small);
    expect(workflow).toMatchObject({ theme_id: 'default', enrollActions: [], dangerousBootstrap: 'off' });
    expect(workflow.firstFactors[0]).toMatchObject({ retry: 3, disableThreshold: 10, enrollActions: [] });
    expect(workflow.accessCriteria[0]).toEqual({
      accessCriteriaId: 'access_criteria.all',
      groups: [],
      roles: [],
      authenticators: { firstFactorsFiltering: false, secondFactorsFiltering: false },
    });
  });

  it('and what it says stays as it is, however often it is read', () => {
    expect(completeWorkflow(usualWorkflow)).toEqual(usualWorkflow);
    expect(completeWorkflow(completeWorkflow(small))).toEqual(completeWorkflow(small));
  });

  it('of a version that was stored before there was more to say reads as it was meant', () => {
    const stored = broken((d) => {
      delete d.accessCriteria[0].groups;
      delete d.accessCriteria[0].roles;
      delete d.enrollActions[0].minimumCertification;
      delete d.enrollActions[0].staleMetadata;
    });
    expect(completeWorkflow(stored)).toEqual(usualWorkflow);
  });

  it('names the theme as it was called before, and is told by the name of today', () => {
    const stored = broken((d) => {
      delete d.theme_id;
      d.themeId = 'worn';
    });
    expect(workflowFaults(stored)).toEqual([]);
    expect(completeWorkflow(stored)).toEqual({ ...usualWorkflow, theme_id: 'worn' });
    expect(arrangeWorkflow(completeWorkflow(stored))).not.toHaveProperty('themeId');
  });

  it('an empty list of actions says nothing', () => {
    const document = broken((d) => (d.actions = []));
    expect(workflowFaults(document)).toEqual([]);
    expect(completeWorkflow(document)).toEqual(usualWorkflow);
  });
});

describe('a document that comes out of a database', () => {
  it('is put in the order in which people read it, and is the same', () => {
    const shuffled = broken((d) => {
      d.firstFactors = d.firstFactors.map((factor: object) =>
        Object.fromEntries(Object.entries(factor).reverse()),
      );
    });
    const arranged = arrangeWorkflow(completeWorkflow(shuffled));
    expect(arranged).toEqual(usualWorkflow);
    expect(Object.keys(arranged.firstFactors[0] ?? {}).slice(0, 4)).toEqual([
      'factorId',
      'type',
      'code',
      'acr',
    ]);
    expect(Object.keys(arranged)[0]).toBe('theme_id');
  });
});

describe('what is right and still worth a thought', () => {
  it('the usual workflow gives none', () => {
    expect(workflowFaults(usualWorkflow)).toEqual([]);
    expect(workflowWarnings(usualWorkflow, now)).toEqual([]);
  });

  it.each<[string, unknown, string, string]>([
    [
      'the bootstrap',
      broken((d) => (d.dangerousBootstrap = 'users-without-authenticator')),
      '/dangerousBootstrap',
      'unproven-enrollment',
    ],
    [
      'a password for ever',
      broken((d) => (d.firstFactors[1].disableThreshold = null)),
      '/firstFactors/1/disableThreshold',
      'never-disabled',
    ],
    [
      'an action that no factor lists',
      broken((d) => {
        for (const factor of d.firstFactors) factor.enrollActions = [];
      }),
      '/enrollActions/0/enrollId',
      'offered-nowhere',
    ],
    [
      'a passkey that no factor takes',
      broken((d) => (d.enrollActions[0].code = 'AT_EMPPWD')),
      '/enrollActions/0/code',
      'enroll-action-elsewhere',
    ],
    ['a root whose time is over', trusting(roots.ended), '/enrollActions/0/attestationRoots/0', 'root-ended'],
  ])('%s', (_what, document, at, rule) => {
    expect(workflowFaults(document)).toEqual([]);
    expect(workflowWarnings(completeWorkflow(document), now).map((one) => [one.at, one.rule])).toContainEqual(
      [at, rule],
    );
  });
});

describe('a theme', () => {
  const themed = (change: Partial<ThemeDocument>) => ({ ...usualTheme, ...change });

  it.each<[string, unknown, string, string]>([
    [
      'a colour by its name',
      { ...usualTheme, colors: { ...usualTheme.colors, dark: { ...usualTheme.colors.dark, link: 'red' } } },
      '/colors/dark/link',
      'malformed',
    ],
    [
      'a colour less',
      { ...usualTheme, colors: { light: {}, dark: usualTheme.colors.dark } },
      '/colors/light/accent',
      'missing',
    ],
    ['an image by its address', themed({ logo: 'https://cdn.example/logo.svg' }), '/logo', 'malformed'],
    [
      'a language that nobody speaks here',
      themed({ words: { tlh: { labels: {}, scopes: {} } } } as never),
      '/words/tlh',
      'unknown',
    ],
    [
      'a label of nothing',
      themed({ words: { de: { labels: { 'foo.bar': 'x' }, scopes: {} } } }),
      '/words/de/labels/foo.bar',
      'malformed',
    ],
    [
      'a label with a control character',
      themed({ words: { de: { labels: { 'portal.help': 'a\u0007' }, scopes: {} } } }),
      '/words/de/labels/portal.help',
      'malformed',
    ],
    [
      'a scope without a description',
      themed({ words: { de: { labels: {}, scopes: { email: { label: 'x' } } } } } as never),
      '/words/de/scopes/email/description',
      'missing',
    ],
    [
      'a scope that is none',
      themed({ words: { de: { labels: {}, scopes: { 'a b': { label: 'x', description: 'y' } } } } }),
      '/words/de/scopes/a b',
      'malformed',
    ],
  ])('with %s is refused at its place', (_what, document, at, rule) => {
    expect(themeFaults(document).map((fault) => [fault.at, fault.rule])).toContainEqual([at, rule]);
  });

  it('the usual one can be read by everybody, in both schemes', () => {
    expect(themeFaults(usualTheme)).toEqual([]);
    expect(themeWarnings(usualTheme)).toEqual([]);
    expect(completeTheme({ colors: usualTheme.colors })).toEqual(usualTheme);
  });

  it('grey on white is told with its contrast', () => {
    expect(contrastOf('#000000', '#ffffff')).toBeCloseTo(21, 5);
    expect(contrastOf('#777777', '#ffffff')).toBeCloseTo(4.48, 2);
    const { light, dark } = usualTheme.colors;
    const [warning] = themeWarnings(themed({ colors: { light: { ...light, text: '#777777' }, dark } }));
    expect(warning).toMatchObject({
      at: '/colors/light/text',
      rule: 'contrast',
      values: { ratio: 4.4, needed: 4.5, ground: 'surface' },
    });
  });

  it('speaks the first language that it knows, its own words before the usual ones', () => {
    const document = themed({
      defaultLanguage: 'es',
      words: {
        es: { labels: { 'factor.badge': 'Tarjeta' }, scopes: {} },
        fr: { labels: { 'enroll_action.fido': 'Ajoutez-la' }, scopes: {} },
      },
    });
    const present = (...languages: string[]) => presentTheme({ ...usualStoredTheme, document }, languages);
    expect(present('nl', 'FR-ca')).toMatchObject({
      language: 'fr',
      labels: {
        'enroll_action.fido': 'Ajoutez-la',
        'factor.password': 'Mot de passe',
        'factor.badge': 'Tarjeta',
      },
    });
    expect(present('nl').language).toBe('es');
    expect(present('de').scopes['email']?.description).toBe('Ihre E-Mail-Adresse sehen');
  });
});

describe('an image', () => {
  const svg = (inside: string, attributes = '') =>
    new TextEncoder().encode(`<svg xmlns="http://www.w3.org/2000/svg"${attributes}>${inside}</svg>`);
  const png = (width: number, height: number) => {
    const bytes = new Uint8Array(40);
    bytes.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52]);
    new DataView(bytes.buffer).setUint32(16, width);
    new DataView(bytes.buffer).setUint32(20, height);
    return bytes;
  };

  it('is named by its bytes', () => {
    const { digest } = readThemeImage('image/png', png(10, 10));
    expect(digest).toMatch(/^[\w-]{43}$/);
    expect(readThemeImage('image/png', png(11, 10)).digest).not.toBe(digest);
    expect(readThemeImage('image/svg+xml', svg('<use href="#a"/><path fill="url(#b)"/>')).mediaType).toBe(
      'image/svg+xml',
    );
  });

  it.each<[string, ThemeImageType, Uint8Array, string]>([
    ['a PNG that unfolds to gigabytes', 'image/png', png(60_000, 60_000), 'too-many-pixels'],
    ['a page called a PNG', 'image/png', new TextEncoder().encode('<html>'.repeat(10)), 'malformed'],
    ['an SVG called WebP', 'image/webp', svg('<path d="M0 0h1v1z"/>'), 'malformed'],
    ['a page called SVG', 'image/svg+xml', new TextEncoder().encode('<html></html>'), 'malformed'],
    ['text that is no UTF-8', 'image/svg+xml', Uint8Array.of(0x3c, 0xff), 'malformed'],
    ['more than is kept', 'image/png', new Uint8Array(300_000), 'too-large'],
    ['a script', 'image/svg+xml', svg('<script>alert(1)</script>'), 'harmful'],
    ['a script of another prefix', 'image/svg+xml', svg('<s:script>alert(1)</s:script>'), 'harmful'],
    ['an event handler', 'image/svg+xml', svg('', ' onload="alert(1)"'), 'harmful'],
    ['a page inside', 'image/svg+xml', svg('<foreignObject/>'), 'harmful'],
    ['a link', 'image/svg+xml', svg('<a href="https://evil.example"/>'), 'harmful'],
    ['an image from elsewhere', 'image/svg+xml', svg('<path fill="url(https://evil.example)"/>'), 'harmful'],
    ['an entity', 'image/svg+xml', svg('<a href="&#106;avascript:alert(1)"/>'), 'harmful'],
  ])('%s is refused', (_what, mediaType, bytes, reason) => {
    expect(() => readThemeImage(mediaType, bytes)).toThrow(
      expect.objectContaining({ particulars: { field: 'data', reason } }),
    );
  });
});
