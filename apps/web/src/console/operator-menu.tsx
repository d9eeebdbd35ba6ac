import { Menu, UnstyledButton } from '@mantine/core';
import { IconChevronDown, IconKeyboard, IconLogout } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { signOut } from '../client/site.ts';
import { Initials } from '../ui/initials.tsx';
import { showShortcuts } from './shortcuts.tsx';
import { useSigned, useSurroundings } from './surroundings.tsx';

const roles = ['owner', 'administrator', 'operator', 'help-desk', 'auditor'] as const;

export function OperatorMenu() {
  const { t } = useTranslation();
  const { http } = useSurroundings();
  const { session } = useSigned();
  const { name, email, role } = session.operator;
  const known = roles.find((one) => one === role);
  const leave = async () => {
    await signOut(http);
    window.location.assign('/sign-in');
  };
  return (
    <Menu position="bottom-end" width={240}>
      <Menu.Target>
        <UnstyledButton className="operator" aria-label={t('header.menu', { name })}>
          <Initials name={name} />
          <span className="operator-name">{name}</span>
          <IconChevronDown size={16} aria-hidden="true" />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <div className="operator-card">
          <strong>{name}</strong>
          {email !== null && <span>{email}</span>}
          <span>
            {known === undefined ? role : t(`header.role.${known}`)} · {session.tenant.name}
          </span>
        </div>
        <Menu.Divider />
        <Menu.Item leftSection={<IconKeyboard size={16} aria-hidden="true" />} onClick={showShortcuts}>
          {t('header.help')}
        </Menu.Item>
        <Menu.Item leftSection={<IconLogout size={16} aria-hidden="true" />} onClick={() => void leave()}>
          {t('header.signOut')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
