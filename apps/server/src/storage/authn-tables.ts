import type { AuthenticationTables } from '@keywarden/domain';
import { authenticatorTable } from './authn-authenticators.ts';
import { clientTable, consentTable } from './authn-clients.ts';
import { oneTimeCodeAppTable, passwordPolicyTable } from './authn-factors.ts';
import { openIdRecordTable } from './authn-openid-records.ts';
import { themeImageTable, themeTable } from './authn-themes.ts';
import { attemptTable, transactionTable } from './authn-transactions.ts';
import { workflowTable } from './authn-workflows.ts';
import type { TableMakers } from './tables-on-demand.ts';

export const authenticationTables: TableMakers<AuthenticationTables> = {
  transactions: transactionTable,
  authenticators: authenticatorTable,
  attempts: attemptTable,
  workflows: workflowTable,
  themes: themeTable,
  themeImages: themeImageTable,
  clients: clientTable,
  consents: consentTable,
  openIdRecords: openIdRecordTable,
  oneTimeCodeApps: oneTimeCodeAppTable,
  passwordPolicies: passwordPolicyTable,
};
