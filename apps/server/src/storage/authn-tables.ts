import type { AuthenticationTables } from '@keywarden/domain';
import { authenticatorTable } from './authn-authenticators.ts';
import { clientTable, consentTable } from './authn-clients.ts';
import { oneTimeCodeAppTable, passwordPolicyTable } from './authn-factors.ts';
import { openIdRecordTable } from './authn-openid-records.ts';
import { themeImageTable, themeTable } from './authn-themes.ts';
import { attemptTable, transactionTable } from './authn-transactions.ts';
import { workflowTable } from './authn-workflows.ts';
import type { TenantSession } from './session.ts';

export function authenticationTables(session: TenantSession): AuthenticationTables {
  return {
    transactions: transactionTable(session),
    authenticators: authenticatorTable(session),
    attempts: attemptTable(session),
    workflows: workflowTable(session),
    themes: themeTable(session),
    themeImages: themeImageTable(session),
    clients: clientTable(session),
    consents: consentTable(session),
    openIdRecords: openIdRecordTable(session),
    oneTimeCodeApps: oneTimeCodeAppTable(session),
    passwordPolicies: passwordPolicyTable(session),
  };
}
