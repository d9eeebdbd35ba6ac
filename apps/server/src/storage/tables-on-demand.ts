import type { TenantSession } from './session.ts';

export type TableMakers<Tables extends object> = {
  readonly [Name in keyof Tables]: (session: TenantSession) => Tables[Name];
};

/**
 * Each table is made when it is first asked for: a transaction of a sign-in needs four of thirty.
 *
 * @param instead made in the place of those of `makers`
 */
export function tablesOnDemand<Tables extends object>(
  makers: TableMakers<Tables>,
  session: TenantSession,
  instead: Partial<TableMakers<Tables>> = {},
): Tables {
  const made = new Map<PropertyKey, unknown>();
  const tables = new Proxy(makers, {
    get(_, name) {
      if (!isName(makers, name)) return undefined;
      if (!made.has(name)) made.set(name, (instead[name] ?? makers[name])(session));
      return made.get(name);
    },
  });
  // The proxy answers each name of `makers` with what its maker makes.
  return tables as unknown as Tables;
}

function isName<Makers extends object>(makers: Makers, name: PropertyKey): name is keyof Makers {
  return Object.hasOwn(makers, name);
}
