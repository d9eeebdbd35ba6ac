import { readWorkflow, type Tenant } from '@keywarden/domain';
import type Provider from 'oidc-provider';
import type { OpenIdPorts } from './adapter.ts';
import { createProvider, type ProviderLog } from './provider.ts';

/** The providers of all tenants: each made when first needed, dropped when idle, and renewed to see new keys. */
export interface Providers {
  /** null where there is no such tenant. */
  of(tenantId: string): Promise<Provider | null>;
  readonly size: number;
}

interface Entry {
  readonly provider: Promise<Provider | null>;
  readonly madeAt: number;
  usedAt: number;
}

/** Instances kept; one takes about 40 KB. */
const most = 1000;
/** Milliseconds without a request after which an instance is dropped. */
const idle = 15 * 60_000;
/** Milliseconds after which a new instance reads keys and workflow again. */
const longest = 5 * 60_000;

export function createProviders(
  ports: OpenIdPorts,
  options: { readonly log: ProviderLog; readonly most?: number },
): Providers {
  const limit = options.most ?? most;
  // Insertion order is order of use: the first is the one that was idle longest.
  const entries = new Map<string, Entry>();
  const now = () => ports.clock.now().getTime();

  const make = async (tenantId: string): Promise<Provider | null> => {
    const tenant: Tenant | null = await ports.store.transaction(tenantId, (tables) => tables.tenants.get());
    if (tenant === null) return null;
    const { document } = await readWorkflow(ports, tenantId);
    return createProvider({ ...ports, tenantId }, { workflow: document, log: options.log });
  };

  const dropIdle = (at: number) => {
    for (const [tenantId, entry] of entries) {
      if (entries.size <= limit && at - entry.usedAt < idle) return;
      entries.delete(tenantId);
    }
  };

  return {
    async of(tenantId) {
      const at = now();
      let entry = entries.get(tenantId);
      entries.delete(tenantId);
      if (entry === undefined || at - entry.madeAt >= longest) {
        entry = { provider: make(tenantId), madeAt: at, usedAt: at };
      }
      entry.usedAt = at;
      entries.set(tenantId, entry);
      dropIdle(at);
      const { provider } = entry;
      try {
        const made = await provider;
        // Names that nobody has must not push out those that somebody has.
        if (made === null) entries.delete(tenantId);
        return made;
      } catch (error) {
        if (entries.get(tenantId)?.provider === provider) entries.delete(tenantId);
        throw error;
      }
    },
    get size() {
      return entries.size;
    },
  };
}
