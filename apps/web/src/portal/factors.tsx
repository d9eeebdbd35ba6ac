import type { OfferedFactor } from '@keywarden/api/authn';
import { AddLink, Primary, Secondary } from './offers.tsx';
import { Note, Or } from './parts.tsx';
import { type PageProps, Task } from './task.tsx';
import { labelOf } from './theme.ts';

/** The ways to go on: the passkey first, it is the quickest and the safest. */
export function Factors(props: PageProps) {
  const { state, signIn, words } = props;
  const second = state.screen.name === 'factors' && state.screen.second;
  const { passkey, password, codes, unusable } = state;
  const others = [
    ...(password === null
      ? []
      : [{ key: password.code, label: words.usePassword, act: async () => signIn.choosePassword() }]),
    ...codes.map((factor) => ({
      key: factor.code,
      label: codeLabel(factor, props),
      act: () => signIn.chooseCode(factor),
    })),
  ];
  return (
    <Task
      {...props}
      title={second ? words.second : words.title}
      lead={second ? words.secondNow : undefined}
      who
      onChange={state.bound ? undefined : () => signIn.changeUsername()}
    >
      {passkey === null && others.length === 0 && <p>{words.noWay}</p>}
      {unusable !== null && <Note words={words.faults[unusable]} />}
      {passkey !== null && (
        <Primary {...props} label={words.usePasskey} act={() => signIn.signInWithPasskey()} />
      )}
      {passkey !== null && others.length > 0 && <Or words={words} />}
      {others.map(({ key, label, act }) => (
        <Secondary key={key} {...props} label={label} act={act} />
      ))}
      {!second && <AddLink {...props} />}
    </Task>
  );
}

/** Of several apps or mails for different things, each by what the tenant calls it. */
function codeLabel(factor: OfferedFactor, { state, words, language }: PageProps): string {
  const usual = factor.method === 'email' ? words.useMail : words.useApp;
  const alike = state.codes.filter(({ method }) => method === factor.method);
  if (alike.length < 2) return usual;
  return `${usual} (${labelOf(state.theme, factor.factorId, language) ?? factor.code})`;
}
