import type { User } from '@keywarden/api';
import { Button, Modal, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { People } from '../../client/people.ts';
import { QrCode } from '../../portal/account/qr-code.tsx';
import { Notice } from '../../ui/notice.tsx';
import { ChoiceField } from '../editing/fields.tsx';
import { LoadFault } from '../editing/load-fault.tsx';
import { useTexts } from '../editing/use-texts.ts';
import { useExplain } from '../explain.ts';
import { Loading } from '../loading.tsx';
import { useSigned } from '../surroundings.tsx';

interface Props {
  readonly opened: boolean;
  readonly user: User;
  readonly people: People;
  /** Something of hers is other than before: an app that waits, or one that counts. */
  readonly onChanged: () => void;
  readonly onClose: () => void;
}

/** An app for one-time codes, set up with its owner beside; its secret is gone when the dialog is closed. */
export function AddApp(props: Props) {
  const { t } = useTexts();
  const { t: common } = useTranslation();
  return (
    <Modal
      opened={props.opened}
      onClose={props.onClose}
      closeOnClickOutside={false}
      title={t('person.app.title', { name: props.user.displayName })}
      closeButtonProps={{ 'aria-label': common('app.close') }}
    >
      <AppFactors {...props} />
    </Modal>
  );
}

/** Which factor its codes are to prove is asked where there are several; where there is none, that is told first. */
function AppFactors(props: Props) {
  const { t } = useTexts();
  const { tenant } = useSigned();
  const factors = useQuery({
    queryKey: ['app-factors', tenant],
    queryFn: ({ signal }) => props.people.appFactors(signal),
  });
  if (factors.data === undefined) {
    return factors.error === null ? (
      <Loading height={120} />
    ) : (
      <LoadFault error={factors.error} onRetry={() => void factors.refetch()} />
    );
  }
  const [usual] = factors.data;
  if (usual === undefined) {
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
  return <AppForm {...props} factors={factors.data} usual={usual} />;
}

interface FormProps extends Props {
  readonly factors: readonly string[];
  readonly usual: string;
}

function AppForm({ user, people, factors, usual, onChanged, onClose }: FormProps) {
  const { t } = useTexts();
  const { t: common } = useTranslation();
  const explain = useExplain();
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
  const busy = begin.isPending || confirm.isPending;
  const digits = code.replaceAll(/\s/g, '').length;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (busy) return;
    if (begun === undefined) begin.mutate();
    else if (digits >= 6) confirm.mutate(begun.app.appId);
  };
  const error = confirm.error ?? begin.error;
  const fault = error === null ? null : explain(error);
  return (
    <form className="dialog" onSubmit={submit} noValidate>
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
      {fault !== null && (
        <Notice tone="error" title={fault.title} now={fault.now} do={fault.do} reference={fault.reference} />
      )}
      <div className="dialog-buttons">
        <Button variant="default" onClick={onClose}>
          {common('app.cancel')}
        </Button>
        <Button type="submit" loading={busy} disabled={begun !== undefined && digits < 6}>
          {begun === undefined ? t('person.app.begin') : t('person.app.confirm')}
        </Button>
      </div>
    </form>
  );
}
