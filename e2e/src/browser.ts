import { type Browser, type BrowserContext, type CDPSession, chromium, type Page } from 'playwright-core';
import type { DemoStack } from './demo-stack.ts';

/** Leads to this machine, over plain HTTP and by a name that no browser takes for its own machine. */
export const insecureHost = 'keywarden.example';

export async function startBrowser(options: { readonly webAuthn?: 'missing' } = {}): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
      '--disable-quic',
      `--host-resolver-rules=MAP ${insecureHost} 127.0.0.1`,
      // As browsers were before they had it.
      ...(options.webAuthn === 'missing' ? ['--disable-blink-features=WebAuth'] : []),
    ],
  });
}

export interface WindowOptions {
  readonly colorScheme?: 'light' | 'dark';
  readonly viewport?: { width: number; height: number };
  readonly deviceScaleFactor?: number;
  /** British English where it is left out. */
  readonly locale?: string;
}

/** A browser window of its own; anything that a page throws or the policy blocks is kept for the test to look at. */
export interface Window {
  readonly context: BrowserContext;
  readonly page: Page;
  readonly faults: readonly string[];
  close(): Promise<void>;
}

const open = new Set<Page>();

export function openPages(): readonly Page[] {
  return [...open];
}

async function openWindow(browser: Browser, options: WindowOptions): Promise<Window> {
  const context = await browser.newContext({
    locale: options.locale ?? 'en-GB',
    colorScheme: options.colorScheme ?? 'light',
    viewport: options.viewport ?? { width: 1280, height: 800 },
    deviceScaleFactor: options.deviceScaleFactor ?? 1,
    reducedMotion: 'reduce',
  });
  return { ...(await openPage(context)), close: () => context.close() };
}

async function openPage(context: BrowserContext): Promise<Window> {
  const page = await context.newPage();
  open.add(page);
  page.on('close', () => open.delete(page));
  page.setDefaultTimeout(30_000);
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('console', (message) => {
    // A refused content policy is a fault of ours; a failed fetch is often what the test wants.
    if (message.type() === 'error' && message.text().includes('Content Security Policy')) {
      faults.push(message.text());
    }
  });
  return { context, page, faults, close: () => page.close() };
}

/** One more page beside the others, which has what they keep: they are signed in, and it need not fetch every script anew. */
export function openTab(window: Window): Promise<Window> {
  return openPage(window.context);
}

export function openAnonymousWindow(browser: Browser, options: WindowOptions = {}): Promise<Window> {
  return openWindow(browser, options);
}

/** Already signed in as the demo's operator. */
export async function openOperatorWindow(
  browser: Browser,
  stack: DemoStack,
  options: WindowOptions = {},
): Promise<Window> {
  const window = await openWindow(browser, options);
  const cookies = stack.management.cookie.split('; ').map((pair) => {
    const at = pair.indexOf('=');
    return { name: pair.slice(0, at), value: pair.slice(at + 1), url: stack.baseUrl };
  });
  await window.context.addCookies(cookies);
  return window;
}

/** Chromium's own authenticator, behind the browser's real WebAuthn API. */
export async function addAuthenticator(
  window: Window,
  options: {
    readonly transport?: 'usb' | 'internal';
    readonly verifiesUsers?: boolean;
    /** False: what it makes is not discoverable, and has no user handle. */
    readonly keepsPasskeys?: boolean;
  } = {},
): Promise<{ cdp: CDPSession; authenticatorId: string }> {
  const { verifiesUsers = true, keepsPasskeys = true } = options;
  const cdp = await window.context.newCDPSession(window.page);
  await cdp.send('WebAuthn.enable');
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      ctap2Version: 'ctap2_1',
      // One that is built in answers what a field's list offers (conditional mediation) at once.
      transport: options.transport ?? 'usb',
      hasResidentKey: keepsPasskeys,
      hasUserVerification: verifiesUsers,
      isUserVerified: verifiesUsers,
      automaticPresenceSimulation: true,
    },
  });
  return { cdp, authenticatorId };
}
