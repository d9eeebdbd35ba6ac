/** What the world knows of a password. */
export interface PasswordAdvice {
  /** Whether it is one of those that everybody tries first; `folded` is in lower case. */
  isCommon(folded: string): Promise<boolean>;
  /**
   * Whether it was seen in a breach. `unknown`: nobody could be asked now. null: the installation asks nobody.
   */
  readonly isBreached: ((password: string) => Promise<'breached' | 'not-found' | 'unknown'>) | null;
}
