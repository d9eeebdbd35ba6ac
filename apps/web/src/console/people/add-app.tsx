import { TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { QrCode } from '../../portal/account/qr-code.tsx';
import { Notice } from '../../ui/notice.tsx';
import { Dialog, DialogForm } from '../dialog.tsx';
import { ChoiceField } from '../editing/fields.tsx';
import { useTexts } from '../editing/use-texts.ts';
import { Loaded } from '../loaded.tsx';
import { useSigned } from '../surroundings.tsx';
import type { PersonDialogProps } from './person-dialog.ts';

interface Props extends PersonDialogProps {
  /** Something of hers is other than before: an app that waits, or one that counts. */
  readonly onChanged: () => void;
}

/** An app for one-time codes, set up with its owner beside; its secret is gone when the dialog is closed. */
export function AddApp(props: Props) {
  const { t } = useTexts();
  const title = t('person.app.title', { name: props.user.displayName });
  return (
    <Dialog opened={props.opened} onClose={props.onClose} title={title} once>
      <AppFactors {...props} />
    </Dialog>
  );
}

/** Which factor its codes are to prove is asked where there are several; where there is none, that is told first. */
function AppFactors(props: Props) {
  const { tenant } = useSigned();
  const factors = useQuery({
    queryKey: ['app-factors', tenant],
    queryFn: ({ signal }) => props.people.appFactors(signal),
  });
  return (
    <Loaded query={factors} height={120}>
      {(offered) => {
        const [usual] = offered;
        if (usual === undefined) return <NoFactor />;
        return <AppForm {...props} factors={offered} usual={usual} />;
      }}
    </Loaded>
  );
}

function NoFactor() {
  const { t } = useTexts();
  const { tenant } = useSigned();
  return (
    <Notice
      tone="info"
      title={t('person.app.none')}
      now={t('person.app.noneNow')}
      do={t('person.app.noneDo')}
    >
      <Link to="/$tenant/console/workflow" params={{ tenant }}>
        {t('workflow.title')}
      </Link>
    </Notice>
  );
}

interface FormProps extends Props {
  readonly factors: readonly string[];
  readonly usual: string;
}

function AppForm({ user, people, factors, usual, onChanged, onClose }: FormProps) {
  const { t } = useTexts();
  const [name, setName] = useState('');
  const [authType, setAuthType] = useState(usual);
  const [code, setCode] = useState('');
  const begin = useMutation({
    mutationFn: () =>
      people.beginApp(user.userId, { friendlyName: name.trim() || t('person.app.usual'), authType }),
    onSuccess: onChanged,
    gcTime: 0,
  });
  const confirm = useMutation({
    mutationFn: (appId: string) =>
      people.confirmApp(user.userId, { appId, code: code.replaceAll(/\s/g, '') }),
    onSuccess: () => {
      onChanged();
      onClose();
      notifications.show({ message: t('person.app.confirmed') });
    },
  });
  const begun = begin.data;
  const codeField = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (begun !== undefined) codeField.current?.focus();
  }, [begun]);
  const digits = code.replaceAll(/\s/g, '').length;
  return (
    <DialogForm
      button={t(begun === undefined ? 'person.app.begin' : 'person.app.confirm')}
      busy={begin.isPending || confirm.isPending}
      disabled={begun !== undefined && digits < 6}
      error={confirm.error ?? begin.error}
      onSubmit={() => {
        if (begun === undefined) begin.mutate();
        else confirm.mutate(begun.app.appId);
      }}
      onCancel={onClose}
    >
      {begun === undefined ? (
        <>
          <p>{t('person.app.lead')}</p>
          <TextInput
            label={t('person.app.name')}
            description={t('person.app.nameHint')}
            placeholder={t('person.app.usual')}
            data-autofocus
            maxLength={100}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          {factors.length > 1 && (
            <ChoiceField
              label={t('person.app.factor')}
              value={authType}
              options={factors.map((factor) => [factor, factor] as const)}
              onChange={setAuthType}
            />
          )}
        </>
      ) : (
        <>
          <p>{t('person.app.scan')}</p>
          <div className="app-secret">
            <QrCode text={begun.uri} label={t('person.app.qr')} />
            <dl className="secret">
              <dt>{t('person.app.secret')}</dt>
              <dd>
                <code>{begun.secret}</code>
              </dd>
            </dl>
          </div>
          <TextInput
            ref={codeField}
            label={t('person.app.code')}
            inputMode="numeric"
            autoComplete="off"
            maxLength={16}
            value={code}
            onChange={(event) => setCode(event.currentTarget.value)}
          />
        </>
      )}
    </DialogForm>
  );
}
