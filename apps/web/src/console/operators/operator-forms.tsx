import type { NewOperator, Operator, OperatorInvitation, OperatorRole } from '@keywarden/api';
import { TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Directory } from '../../client/directory.ts';
import { DialogForm } from '../dialog.tsx';
import { ChoiceField } from '../editing/fields.tsx';
import { useTexts } from '../editing/use-texts.ts';
import { isOvertaken, Meanwhile, useEdited } from '../meanwhile.tsx';
import { mailIsUsable } from '../people/person-fields.tsx';
import { useSigned } from '../surroundings.tsx';

const roles = ['owner', 'administrator', 'operator', 'help-desk', 'auditor'] as const;

interface Draft {
  readonly name: string;
  readonly email: string;
  readonly role: OperatorRole;
}

const isWhole = ({ name, email }: Draft) => name.trim() !== '' && mailIsUsable(email);
const written = ({ name, email, role }: Draft): NewOperator => ({
  name: name.trim(),
  email: email.trim() || null,
  role,
});
const draftOf = ({ name, email, role }: Operator): Draft => ({ name, email: email ?? '', role });

export function AddOperator({
  add,
  onAdded,
  onCancel,
}: {
  readonly add: Directory['addOperator'];
  readonly onAdded: (invitation: OperatorInvitation) => void;
  readonly onCancel: () => void;
}) {
  const { t } = useTexts();
  const [draft, setDraft] = useState<Draft>({ name: '', email: '', role: 'operator' });
  const [tried, setTried] = useState(false);
  // What it answers is told this once: nothing keeps it.
  const save = useMutation({ mutationFn: () => add(written(draft)), onSuccess: onAdded, gcTime: 0 });
  return (
    <DialogForm
      button={t('operators.invite')}
      busy={save.isPending}
      error={save.error}
      onSubmit={() => {
        setTried(true);
        if (isWhole(draft)) save.mutate();
      }}
      onCancel={onCancel}
    >
      <Fields draft={draft} tried={tried} ownRole={false} onChange={setDraft} />
    </DialogForm>
  );
}

export function EditOperator({
  operator,
  directory,
  onSaved,
  onCancel,
}: {
  readonly operator: Operator;
  readonly directory: Directory;
  readonly onSaved: () => void;
  readonly onCancel: () => void;
}) {
  const { t } = useTexts();
  const { t: common } = useTranslation();
  const { session } = useSigned();
  const [draft, setDraft] = useState(draftOf(operator));
  const [tried, setTried] = useState(false);
  const edited = useEdited(operator, () => directory.operator(operator.operatorId));
  const { stored } = edited;
  const save = useMutation({
    mutationFn: () => directory.changeOperator(stored, { ...written(draft), status: stored.status }),
    onSuccess: onSaved,
  });
  return (
    <DialogForm
      button={t('operators.save')}
      busy={save.isPending}
      error={isOvertaken(save.error) ? null : save.error}
      onSubmit={() => {
        setTried(true);
        if (isWhole(draft)) save.mutate();
      }}
      onCancel={onCancel}
    >
      <Fields
        draft={draft}
        tried={tried}
        ownRole={operator.operatorId === session.operator.operatorId}
        onChange={setDraft}
      />
      <Meanwhile
        edited={edited}
        error={save.error}
        facts={({ name, email, role }) => [
          [t('operators.name'), name],
          [t('operators.email'), email ?? '–'],
          [t('operators.role'), common(`header.role.${role}`)],
        ]}
        onTake={(newest) => setDraft(draftOf(newest))}
        onLooked={save.reset}
      />
    </DialogForm>
  );
}

function Fields({
  draft,
  tried,
  ownRole,
  onChange,
}: {
  readonly draft: Draft;
  readonly tried: boolean;
  /** It is the role of whoever looks at it. */
  readonly ownRole: boolean;
  readonly onChange: (draft: Draft) => void;
}) {
  const { t } = useTexts();
  const { t: common } = useTranslation();
  const { session } = useSigned();
  // Only an owner appoints owners; the server says no to anybody else.
  const offered = roles.filter(
    (role) => role !== 'owner' || draft.role === 'owner' || session.operator.role === 'owner',
  );
  return (
    <>
      <TextInput
        label={t('operators.name')}
        data-autofocus
        autoComplete="off"
        maxLength={256}
        error={tried && draft.name.trim() === '' ? t('operators.nameMissing') : undefined}
        value={draft.name}
        onChange={(event) => onChange({ ...draft, name: event.currentTarget.value })}
      />
      <TextInput
        label={t('operators.email')}
        description={t('operators.emailHint')}
        type="email"
        autoComplete="off"
        maxLength={320}
        error={tried && !mailIsUsable(draft.email) ? t('operators.emailMalformed') : undefined}
        value={draft.email}
        onChange={(event) => onChange({ ...draft, email: event.currentTarget.value })}
      />
      <ChoiceField
        label={t('operators.role')}
        hint={ownRole ? t('operators.ownRole') : t(`operators.roleHints.${draft.role}`)}
        disabled={ownRole}
        value={draft.role}
        options={offered.map((role) => [role, common(`header.role.${role}`)] as const)}
        onChange={(role) => onChange({ ...draft, role })}
      />
    </>
  );
}
