import type { RegistrationToken } from '@keywarden/api';
import { Button } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation } from '@tanstack/react-query';
import { Time } from '../../ui/time.tsx';
import { Dialog } from '../dialog.tsx';
import { useTexts } from '../editing/use-texts.ts';
import { useExplain } from '../explain.ts';
import { ShownOnce } from '../shown-once.tsx';

/** For an application that registers itself: a token, shown in the moment it is made. */
export function SelfRegistration({ allow }: { readonly allow: () => Promise<RegistrationToken> }) {
  const { t } = useTexts();
  const explain = useExplain();
  const token = useMutation({
    mutationFn: allow,
    gcTime: 0,
    onError: (error) => {
      const { title, do: next } = explain(error);
      notifications.show({ color: 'red', title, message: next });
    },
  });
  const { data } = token;
  return (
    <>
      <Button variant="default" loading={token.isPending} onClick={() => token.mutate()}>
        {t('clients.allow')}
      </Button>
      <Dialog opened={data !== undefined} onClose={() => token.reset()} title={t('clients.allowTitle')} once>
        {data !== undefined && (
          <ShownOnce
            lead={t('clients.allowOnce')}
            beside={[[t('clients.registrationEndpoint'), data.registrationEndpoint]]}
            label={t('clients.registrationToken')}
            secret={data.token}
            copy={t('clients.copyToken')}
            onDone={() => token.reset()}
          >
            <p className="quiet">
              {t('clients.allowEnds')} <Time at={data.endsAt} />
            </p>
          </ShownOnce>
        )}
      </Dialog>
    </>
  );
}
