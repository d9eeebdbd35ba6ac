import '../editing/editing.css';
import './person.css';
import type { User } from '@keywarden/api';
import { Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { createPeople, type People } from '../../client/people.ts';
import { Delayed } from '../../ui/delayed.tsx';
import { Initials } from '../../ui/initials.tsx';
import { Mark } from '../../ui/status.tsx';
import { LoadFault } from '../editing/load-fault.tsx';
import { useSigned, useSurroundings } from '../surroundings.tsx';
import { useTitle } from '../title.ts';
import { CodeApps } from './code-apps.tsx';
import { Passkeys } from './passkeys.tsx';

const route = getRouteApi('/$tenant/console/users/$userId');

/** One person: how she can sign in, and what an operator may do about it. */
export function PersonPage() {
  const { t } = useTranslation();
  const { userId } = route.useParams();
  const { http } = useSurroundings();
  const { tenant } = useSigned();
  const people = useMemo(() => createPeople(http, tenant), [http, tenant]);
  const user = useQuery({
    queryKey: ['users', tenant, 'one', userId],
    queryFn: ({ signal }) => people.user(userId, signal),
  });
  useTitle(user.data?.displayName ?? t('users.title'));
  return (
    <>
      <p className="crumb">
        <Link to="/$tenant/console/users" params={{ tenant }}>
          {t('users.title')}
        </Link>
      </p>
      {user.data !== undefined ? (
        <Person user={user.data} people={people} />
      ) : user.error !== null ? (
        <LoadFault error={user.error} onRetry={() => void user.refetch()} />
      ) : (
        <Delayed>
          <Skeleton height={160} animate={false} />
        </Delayed>
      )}
    </>
  );
}

function Person({ user, people }: { readonly user: User; readonly people: People }) {
  const { t } = useTranslation();
  const { tenant } = useSigned();
  const { displayName, username, email, status } = user;
  return (
    <>
      <div className="page-head">
        <div className="person-head">
          <Initials name={displayName} />
          <div>
            <h1 className="page-title">{displayName}</h1>
            <p className="quiet">{email === null ? username : `${username} · ${email}`}</p>
          </div>
          {status === 'active' ? (
            <Mark tone="good" shape="disc">
              {t('users.active')}
            </Mark>
          ) : (
            <Mark tone="bad" shape="barred">
              {t('users.disabled')}
            </Mark>
          )}
        </div>
        {status === 'active' && (
          <Link to="/$tenant/assign-user/$" params={{ tenant, _splat: username }}>
            {t('users.assign')}
          </Link>
        )}
      </div>
      <Passkeys user={user} people={people} />
      <CodeApps user={user} people={people} />
    </>
  );
}
