import './assign.css';
import { Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useLocation } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { ApiError } from '../../client/error.ts';
import { Delayed } from '../../ui/delayed.tsx';
import { ConnectionNotice } from '../connection-notice.tsx';
import { Fault } from '../fault.tsx';
import { useSigned } from '../surroundings.tsx';
import { useTitle } from '../title.ts';
import { useConnectedLink, useLinkState } from '../use-link.ts';
import { KeyList } from './key-list.tsx';
import { Person } from './person.tsx';
import { usernameInPath } from './username.ts';

/** The main job: a key for the person whom the address names. */
export function AssignPage() {
  const { t } = useTranslation();
  const { tenant, management } = useSigned();
  // The location only says that the address changed; the name is read from the raw path.
  useLocation();
  const username = usernameInPath(window.location.pathname);
  useConnectedLink();
  const state = useLinkState();

  const assignment = useQuery({
    queryKey: ['assignment', tenant, username],
    queryFn: ({ signal }) =>
      username === null
        ? Promise.reject(new ApiError('problem', '', { status: 400, problem: malformed }))
        : management.assignment(username, signal),
  });
  const person = assignment.data ?? null;
  useTitle(t('assign.pageTitle', { name: person?.user.displayName ?? username ?? '' }));

  return (
    <>
      <h1 className="page-title">{t('assign.title')}</h1>
      <Person username={username} assignment={person} waiting={assignment.isPending} />
      {assignment.error !== null && person === null && (
        <Fault
          error={assignment.error}
          circumstances={{ username: username ?? '' }}
          onRetry={() => void assignment.refetch()}
        />
      )}
      {state.phase === 'failed' || state.phase === 'held' ? (
        <ConnectionNotice state={state} />
      ) : state.phase === 'connected' ? null : (
        <Delayed>
          <ListSkeleton />
        </Delayed>
      )}
      {(person !== null || assignment.isPending) && <KeyList assignment={person} username={username ?? ''} />}
    </>
  );
}

const malformed = {
  type: 'urn:keywarden:error:username-malformed',
  title: 'The address holds no usable username.',
  status: 400,
  code: 'username-malformed',
};

function ListSkeleton() {
  const { t } = useTranslation();
  return (
    <div className="key-list" aria-busy="true" aria-label={t('service.connecting')} role="status">
      {[0, 1, 2].map((row) => (
        <div key={row} className="key-row-skeleton">
          <Skeleton height={30} width={72} animate={false} />
          <Skeleton height={16} width="40%" animate={false} />
          <Skeleton height={16} width={90} animate={false} />
        </div>
      ))}
    </div>
  );
}
