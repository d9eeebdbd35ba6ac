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

interface Made {
  readonly provider: Provider;
  /** The version of the keys that it was made with. */
  readonly keys: string;
}

interface Entry {
  readonly made: Promise<Made | null>;
  readonly madeAt: number;
  usedAt: number;
}

/** Instances kept; one takes about 40 KB. */
const most = 1000;
/** Milliseconds without a request after which an instance is dropped. */
const idle = 15 * 60_000;
/** Milliseconds after which a new instance reads the workflow again; other keys are seen at once. */
const longest = 5 * 60_000;

export function createProviders(
  ports: OpenIdPorts,
  options: { readonly log: ProviderLog; readonly most?: number },
): Providers {
  const limit = options.most ?? most;
  // Insertion order is order of use: the first is the one that was idle longest.
  const entries = new Map<string, Entry>();
  const now = () => ports.clock.now().getTime();

  const make = async (tenantId: string): Promise<Made | null> => {
    const tenant: Tenant | null = await ports.store.transaction(tenantId, (tables) => tables.tenants.get());
    if (tenant === null) return null;
    const { document } = await readWorkflow(ports, tenantId);
    const keys = await ports.openIdKeys.version(tenantId);
    return {
      keys,
      provider: await createProvider({ ...ports, tenantId }, { workflow: document, log: options.log }),
    };
  };

  const use = (tenantId: string): Entry => {
    const at = now();
    let entry = entries.get(tenantId);
    entries.delete(tenantId);
    if (entry === undefined || at - entry.madeAt >= longest) {
      entry = { made: make(tenantId), madeAt: at, usedAt: at };
    }
    entry.usedAt = at;
    entries.set(tenantId, entry);
    dropIdle(at);
    return entry;
  };

  const forget = (tenantId: string, entry: Entry) => {
    if (entries.get(tenantId)?.made === entry.made) entries.delete(tenantId);
  };

  const finish = async (tenantId: string, entry: Entry): Promise<Made | null> => {
    try {
      const made = await entry.made;
      // Names that nobody has must not push out those that somebody has.
      if (made === null) forget(tenantId, entry);
      return made;
    } catch (error) {
      forget(tenantId, entry);
      throw error;
    }
  };

  const dropIdle = (at: number) => {
    for (const [tenantId, entry] of entries) {
      if (entries.size <= limit && at - entry.usedAt < idle) return;
      entries.delete(tenantId);
    }
  };

  return {
    async of(tenantId) {
      const entry = use(tenantId);
      const made = await finish(tenantId, entry);
      if (made === null || made.keys === (await ports.openIdKeys.version(tenantId))) {
        return made?.provider ?? null;
      }
      forget(tenantId, entry);
      return (await finish(tenantId, use(tenantId)))?.provider ?? null;
    },
    get size() {
      return entries.size;
    },
  };
}
