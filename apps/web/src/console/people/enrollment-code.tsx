import type { User } from '@keywarden/api';
import { Button, Modal } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { People } from '../../client/people.ts';
import { Notice } from '../../ui/notice.tsx';
import { ChoiceField } from '../editing/fields.tsx';
import { useTexts } from '../editing/use-texts.ts';
import { useExplain } from '../explain.ts';
import { CopyButton, Told } from '../shown-once.tsx';

interface Props {
  readonly opened: boolean;
  readonly user: User;
  readonly people: People;
  readonly onIssued: () => void;
  readonly onClose: () => void;
}

/** A code with which one person enrolls one passkey; told once, and gone when the dialog is closed. */
export function EnrollmentCode(props: Props) {
  const { t } = useTexts();
  const { t: common } = useTranslation();
  return (
    <Modal
      opened={props.opened}
      onClose={props.onClose}
      // A click beside it must not lose what is shown only once.
      closeOnClickOutside={false}
      title={t('person.code.title', { name: props.user.displayName })}
      closeButtonProps={{ 'aria-label': common('app.close') }}
    >
      <CodeForm {...props} />
    </Modal>
  );
}

const lifetimes = ['3600', '86400', '259200', '604800'] as const;

function CodeForm({ user, people, onIssued, onClose }: Props) {
  const { t, i18n } = useTexts();
  const { t: common } = useTranslation();
  const explain = useExplain();
  const [lifetime, setLifetime] = useState<(typeof lifetimes)[number]>('86400');
  const issue = useMutation({
    mutationFn: () => people.issueCode(user.userId, Number(lifetime)),
    onSuccess: onIssued,
    gcTime: 0,
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!issue.isPending) issue.mutate();
  };
  if (issue.data !== undefined) {
    const { code, expiresAt } = issue.data;
    const time = new Intl.DateTimeFormat(i18n.language, { dateStyle: 'medium', timeStyle: 'short' }).format(
      new Date(expiresAt),
    );
    return (
      <Told>
        <code className="shown-once">{code}</code>
        <p>
          {t('person.code.shown')} {t('person.code.until', { time })}
        </p>
        <div className="dialog-buttons">
          <CopyButton text={code} label={t('person.code.copy')} />
          <Button onClick={onClose}>{t('once.done')}</Button>
        </div>
      </Told>
    );
  }
  const fault = issue.error === null ? null : explain(issue.error);
  return (
    <form className="dialog" onSubmit={submit}>
      <p>{t('person.code.lead')}</p>
      <ChoiceField
        label={t('person.code.lifetime')}
        value={lifetime}
        options={lifetimes.map((seconds) => [seconds, t(`person.code.lifetimes.${seconds}`)] as const)}
        onChange={setLifetime}
      />
      {fault !== null && (
        <Notice tone="error" title={fault.title} now={fault.now} do={fault.do} reference={fault.reference} />
      )}
      <div className="dialog-buttons">
        <Button variant="default" onClick={onClose}>
          {common('app.cancel')}
        </Button>
        <Button type="submit" loading={issue.isPending}>
          {t('person.code.do')}
        </Button>
      </div>
    </form>
  );
}
