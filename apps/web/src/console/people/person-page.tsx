import '../editing/editing.css';
import './person.css';
import type { UserDetails } from '@keywarden/api';
import { Button } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { type ReactNode, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { createPeople, type People } from '../../client/people.ts';
import { Initials } from '../../ui/initials.tsx';
import { PersonStatusMark } from '../../ui/status.tsx';
import { Time } from '../../ui/time.tsx';
import { useTexts } from '../editing/use-texts.ts';
import { Loaded } from '../loaded.tsx';
import { useSigned, useSurroundings } from '../surroundings.tsx';
import { useTitle } from '../title.ts';
import { CodeApps } from './code-apps.tsx';
import { useLanguageName } from './identity-fields.tsx';
import { Passkeys } from './passkeys.tsx';
import { PersonActions } from './person-actions.tsx';

const route = getRouteApi('/$tenant/console/users/$userId');

/** One person: how she can sign in, and what an operator may do about it. */
export function PersonPage() {
  const { t } = useTranslation();
  const { userId } = route.useParams();
  const { http } = useSurroundings();
  const { tenant } = useSigned();
  const people = useMemo(() => createPeople(http, tenant), [http, tenant]);
  const queries = useQueryClient();
  const queryKey = ['users', tenant, 'one', userId];
  const user = useQuery({
    queryKey,
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
      <Loaded query={user} height={160}>
        {(known) => (
          <Person
            user={known}
            people={people}
            onChanged={(changed) => {
              queries.setQueryData(queryKey, changed);
              // The lists tell her name and state, too.
              void queries.invalidateQueries({ queryKey: ['users', tenant] });
            }}
          />
        )}
      </Loaded>
    </>
  );
}

function Person({
  user,
  people,
  onChanged,
}: {
  readonly user: UserDetails;
  readonly people: People;
  readonly onChanged: (user: UserDetails) => void;
}) {
  const { t } = useTranslation();
  const { t: texts } = useTexts();
  const nameOf = useLanguageName();
  const { tenant } = useSigned();
  const { displayName, username, email, status, language, groups, externalId, createdAt } = user;
  return (
    <>
      <div className="page-head">
        <div className="person-head">
          <Initials name={displayName} />
          <h1 className="page-title">{displayName}</h1>
          <PersonStatusMark status={status} />
        </div>
        <div className="toolbar">
          <PersonActions user={user} people={people} onChanged={onChanged} />
          {status === 'active' && (
            <Button
              renderRoot={(props) => (
                <Link to="/$tenant/assign-user/$" params={{ tenant, _splat: username }} {...props} />
              )}
            >
              {t('users.assign')}
            </Button>
          )}
        </div>
      </div>
      <dl className="facts">
        <Fact name={texts('person.facts.username')}>{username}</Fact>
        <Fact name={texts('person.facts.email')}>{email ?? '–'}</Fact>
        <Fact name={texts('identity.language')}>{nameOf(language)}</Fact>
        <Fact name={texts('person.facts.groups')}>
          {groups.length === 0 ? (
            texts('person.facts.noGroups')
          ) : (
            <ul className="fact-list">
              {groups.map((group) => (
                <li key={group.groupId}>
                  <Link to="/$tenant/console/groups/$groupId" params={{ tenant, groupId: group.groupId }}>
                    {group.displayName}
                  </Link>
                </li>
              ))}
            </ul>
          )}
        </Fact>
        {externalId !== null && (
          <Fact name={texts('person.facts.externalId')}>
            <code>{externalId}</code>
          </Fact>
        )}
        <Fact name={texts('person.facts.added')}>
          <Time at={createdAt} />
        </Fact>
      </dl>
      <Passkeys user={user} people={people} />
      <CodeApps user={user} people={people} />
    </>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
