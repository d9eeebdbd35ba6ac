import type { ConsentAnswer, Sharing } from '@keywarden/api';
import type { RequestedConsent, ConsentAnswer as UserConsent } from '@keywarden/domain';

export { factorView, flowView } from '../http/flow-view.ts';

export function consentView({ clientId, sharingDuration, sharings }: UserConsent): ConsentAnswer {
  return {
    consents: [
      {
        clientid: clientId,
        sharing_duration: sharingDuration,
        sharings: sharings.map(sharingView),
      },
    ],
  };
}

export function sharingView({ scope, label, description, status }: RequestedConsent): Sharing {
  return { scope, label, description, status };
}
