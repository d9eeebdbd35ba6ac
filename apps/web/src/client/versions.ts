/** What is changed, in the version that was read. */
export type Versioned<Id extends string> = { readonly [name in Id]: string } & { readonly version: number };

/** RFC 9110 §13.1.1: not where somebody has changed it since. */
export function ifMatch(version: number): Readonly<Record<string, string>> {
  return { 'if-match': `"${version}"` };
}
