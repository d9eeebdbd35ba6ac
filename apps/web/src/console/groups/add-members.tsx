import type { GroupDetails, User } from '@keywarden/api';
import { Checkbox, TextInput } from '@mantine/core';
import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { DialogForm } from '../dialog.tsx';
import { useSettled } from '../editing/use-settled.ts';
import { useTexts } from '../editing/use-texts.ts';
import { Loaded } from '../loaded.tsx';
import { useSigned } from '../surroundings.tsx';

interface Props {
  readonly add: (userIds: readonly string[]) => Promise<GroupDetails>;
  readonly onAdded: (group: GroupDetails) => void;
  readonly onCancel: () => void;
}

/** As many as one looks through before one types another letter. */
const shownAtOnce = 20;
/** As many as one request takes. */
const mostChosen = 100;

/** People are found by typing and ticked one by one; who was ticked stays so while others are looked for. */
export function AddMembers({ add, onAdded, onCancel }: Props) {
  const { t } = useTexts();
  const { tenant, management } = useSigned();
  const [typed, setTyped] = useState('');
  const [chosen, setChosen] = useState<readonly User[]>([]);
  const query = useSettled(typed, 250);
  const found = useQuery({
    queryKey: ['users', tenant, 'choose', query],
    queryFn: ({ signal }) => management.users({ query, limit: shownAtOnce, signal }),
    placeholderData: keepPreviousData,
  });
  const save = useMutation({
    mutationFn: () => add(chosen.map(({ userId }) => userId)),
    onSuccess: onAdded,
  });
  const isChosen = ({ userId }: User) => chosen.some((one) => one.userId === userId);
  const toggle = (user: User) =>
    setChosen(isChosen(user) ? chosen.filter(({ userId }) => userId !== user.userId) : [...chosen, user]);
  const row = (user: User) => (
    <Checkbox
      key={user.userId}
      label={`${user.displayName} (${user.username})`}
      checked={isChosen(user)}
      disabled={!isChosen(user) && chosen.length >= mostChosen}
      onChange={() => toggle(user)}
    />
  );
  return (
    <DialogForm
      button={
        chosen.length === 0 ? t('groups.addChosenNone') : t('groups.addChosen', { count: chosen.length })
      }
      busy={save.isPending}
      error={save.error}
      disabled={chosen.length === 0}
      onSubmit={() => save.mutate()}
      onCancel={onCancel}
    >
      <TextInput
        type="search"
        label={t('groups.addPeopleSearch')}
        description={t('groups.addPeopleHint')}
        data-autofocus
        autoComplete="off"
        maxLength={256}
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
        // Whoever is still looking has not decided.
        onKeyDown={(event) => event.key === 'Enter' && event.preventDefault()}
      />
      <Loaded query={found} height={120}>
        {({ items, total }) => {
          // Nothing moves under the pointer: who was ticked stays in place as long as found.
          const others = chosen.filter(({ userId }) => !items.some((user) => user.userId === userId));
          return (
            <>
              {others.length > 0 && <People legend={t('groups.chosen')}>{others.map(row)}</People>}
              <People legend={t('groups.found')}>
                {items.length === 0 && <p className="quiet">{t('groups.foundNobody')}</p>}
                {items.map(row)}
                {total > items.length && <p className="quiet">{t('groups.more')}</p>}
              </People>
            </>
          );
        }}
      </Loaded>
    </DialogForm>
  );
}

function People({ legend, children }: { readonly legend: string; readonly children: ReactNode }) {
  return (
    <fieldset className="several">
      <legend>{legend}</legend>
      {children}
    </fieldset>
  );
}
