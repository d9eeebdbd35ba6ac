import type { AuthenticationTables } from '@keywarden/domain';
import { authenticatorTable } from './authn-authenticators.ts';
import { clientTable, consentTable, workflowTable } from './authn-clients.ts';
import { oneTimeCodeAppTable, passwordPolicyTable } from './authn-factors.ts';
import { openIdRecordTable } from './authn-openid-records.ts';
import { attemptTable, transactionTable } from './authn-transactions.ts';
import type { TenantSession } from './session.ts';

export function authenticationTables(session: TenantSession): AuthenticationTables {
  return {
    transactions: transactionTable(session),
    authenticators: authenticatorTable(session),
    attempts: attemptTable(session),
    workflows: workflowTable(session),
    clients: clientTable(session),
    consents: consentTable(session),
    openIdRecords: openIdRecordTable(session),
    oneTimeCodeApps: oneTimeCodeAppTable(session),
    passwordPolicies: passwordPolicyTable(session),
  };
}
