import { DomainError } from '../errors.ts';
import type { Ports } from '../ports/index.ts';
import type { TenantId } from '../tenant.ts';

/** How a tenant's sign-in pages look and speak. */
export interface Theme {
  readonly themeId: string;
  /** Whose sign-in this is. */
  readonly name: string;
  /** BCP 47. */
  readonly language: string;
  readonly logo: string | null;
  readonly colors: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
}

/** An unknown theme is answered with the default one: a page without a brand is better than none. */
export async function readTheme(
  ports: Pick<Ports, 'store'>,
  input: { readonly tenantId: TenantId; readonly themeId: string | null },
): Promise<Theme> {
  const tenant = await ports.store.transaction(input.tenantId, (tables) => tables.tenants.get());
  if (tenant === null) throw new DomainError('tenant-not-found', 'There is no such tenant.');
  return {
    themeId: 'default',
    name: tenant.name,
    language: 'en',
    logo: null,
    colors: { accent: '#0b6e6e' },
    labels: {
      'factor.fido': 'Passkey or security key',
      'factor.password': 'Password',
      'enroll_action.fido': 'Add a passkey',
      'enroll_action.fido.description': 'Sign in faster next time, with your key, phone or this device.',
    },
  };
}
