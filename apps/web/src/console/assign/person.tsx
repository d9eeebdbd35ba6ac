import type { Assignment } from '@keywarden/api';
import { Skeleton } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Delayed } from '../../ui/delayed.tsx';
import { Initials } from '../../ui/initials.tsx';

interface Props {
  readonly username: string | null;
  readonly assignment: Assignment | null;
  readonly waiting: boolean;
}

export function Person({ username, assignment, waiting }: Props) {
  const { t } = useTranslation();
  if (assignment === null) {
    return (
      <div className="person" aria-busy={waiting}>
        <span className="person-to">{t('assign.to')}</span>
        {waiting ? (
          <Delayed>
            <Skeleton circle height={28} animate={false} />
            <Skeleton height={14} width={180} animate={false} />
          </Delayed>
        ) : (
          <span className="person-name">{username ?? '–'}</span>
        )}
      </div>
    );
  }
  const { user, identityProvider, keys } = assignment;
  const named = user.displayName === '' ? user.username : user.displayName;
  return (
    <div className="person">
      <span className="person-to">{t('assign.to')}</span>
      <span className="person-who">
        <Initials name={named} />
        <strong className="person-name">{named}</strong>
      </span>
      <span className="person-fact">{user.email ?? user.username}</span>
      <span className="person-fact">{identityProvider.name}</span>
      <span className="person-fact">
        {keys.length === 0 ? t('assign.keysNone') : t('assign.keysAlready', { count: keys.length })}
      </span>
    </div>
  );
}
