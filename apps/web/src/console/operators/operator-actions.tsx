import type { Operator, OperatorInvitation } from '@keywarden/api';
import { Menu } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { Directory } from '../../client/directory.ts';
import { DangerDialog } from '../danger-dialog.tsx';
import { Dialog } from '../dialog.tsx';
import { useTexts } from '../editing/use-texts.ts';
import { isOvertaken } from '../meanwhile.tsx';
import { RowMenu } from '../row-menu.tsx';
import { useSigned } from '../surroundings.tsx';
import { useFaultNotice } from '../use-fault-notice.ts';
import { EditOperator } from './operator-forms.tsx';

interface Props {
  readonly operator: Operator;
  readonly directory: Directory;
  readonly onInvited: (invitation: OperatorInvitation) => void;
  readonly onChanged: (message: string) => void;
  /** Somebody else changed this operator meanwhile: the list is to be read again. */
  readonly onOvertaken: () => void;
}

export function OperatorActions({ operator, directory, onInvited, onChanged, onOvertaken }: Props) {
  const { t } = useTexts();
  const tellFault = useFaultNotice();
  const { session } = useSigned();
  const [open, setOpen] = useState<'edit' | 'deactivate' | null>(null);
  const { operatorId, name, email, role, status } = operator;
  const self = session.operator;
  const own = operatorId === self.operatorId;
  const above = role === 'owner' && self.role !== 'owner';
  const tell = (error: Error) => {
    if (isOvertaken(error)) onOvertaken();
    tellFault(error);
  };
  const invite = useMutation({
    mutationFn: () => directory.inviteOperator(operatorId),
    onSuccess: onInvited,
    onError: tell,
    gcTime: 0,
  });
  const turn = useMutation({
    mutationFn: (to: Operator['status']) =>
      directory.changeOperator(operator, { name, email, role, status: to }),
    onSuccess: ({ status: now }) => {
      setOpen(null);
      onChanged(t(now === 'active' ? 'operators.activated' : 'operators.deactivated'));
    },
    onError: (error, to) => {
      if (to === 'active') tell(error);
      else if (isOvertaken(error)) onOvertaken();
    },
  });
  const close = () => {
    setOpen(null);
    turn.reset();
  };
  return (
    <>
      <RowMenu label={t('operators.actionsOf', { name })}>
        <Menu.Item disabled={above} onClick={() => setOpen('edit')}>
          {t('operators.edit')}
        </Menu.Item>
        {status === 'active' && (
          <Menu.Item disabled={above} onClick={() => invite.mutate()}>
            {t('operators.link')}
          </Menu.Item>
        )}
        {!own &&
          (status === 'active' ? (
            <Menu.Item className="danger-item" disabled={above} onClick={() => setOpen('deactivate')}>
              {t('operators.deactivate')}
            </Menu.Item>
          ) : (
            <Menu.Item disabled={above} onClick={() => turn.mutate('active')}>
              {t('operators.activate')}
            </Menu.Item>
          ))}
        {above && <p className="menu-why">{t('operators.onlyOwners')}</p>}
      </RowMenu>
      <Dialog opened={open === 'edit'} onClose={close} title={t('operators.editTitle', { name })}>
        <EditOperator
          operator={operator}
          directory={directory}
          onSaved={() => {
            close();
            onChanged(t('operators.saved'));
          }}
          onCancel={close}
        />
      </Dialog>
      <DangerDialog
        opened={open === 'deactivate'}
        title={t('operators.deactivateTitle')}
        loss={t('operators.deactivateLoss', { name })}
        word={name}
        button={t('operators.deactivateDo')}
        busy={turn.isPending}
        error={turn.error}
        onConfirm={() => turn.mutate('deactivated')}
        onClose={close}
      />
    </>
  );
}
