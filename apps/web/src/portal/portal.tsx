import { useEffect, useSyncExternalStore } from 'react';
import { AddingPage } from './adding-pages.tsx';
import { Code, codeHint } from './code-page.tsx';
import { ConsentForm } from './consent-form.tsx';
import { Factors } from './factors.tsx';
import { NewPasswordForm } from './new-password-form.tsx';
import { AddLink, Plain, Primary } from './offers.tsx';
import { Frame, Note, Title } from './parts.tsx';
import { PasswordForm } from './password-form.tsx';
import type { SignInState } from './state.ts';
import { type PageProps, type PortalProps, Task } from './task.tsx';
import { applyTheme, labelOf } from './theme.ts';
import { UsernameForm } from './username-form.tsx';
import type { Words } from './words/index.ts';

export function Portal(props: PortalProps) {
  const { signIn, words, choice } = props;
  const state = useSyncExternalStore(signIn.watch, signIn.snapshot);
  const { theme, screen } = state;
  useEffect(() => {
    if (theme !== null) applyTheme(document.documentElement, theme);
  }, [theme]);
  return (
    <Frame
      theme={theme}
      busy={state.busy}
      status={state.asking ? words.waiting : ''}
      words={words}
      choice={choice}
    >
      <Page key={screen.name} {...props} state={state} />
    </Frame>
  );
}

function Page(props: PageProps) {
  const { state, signIn, words, language } = props;
  const { screen, request, theme } = state;
  const client = request?.client_name ?? '';
  const { adding } = signIn;
  const onChange = state.bound ? undefined : () => signIn.changeUsername();
  switch (screen.name) {
    case 'loading':
      return state.fault === null ? (
        <p className="quiet">{words.loading}</p>
      ) : (
        <Task {...props} title={words.title}>
          <Primary {...props} label={words.tryAgain} act={() => signIn.start()} />
        </Task>
      );
    case 'over':
      return (
        <>
          <Title text={words.faults[screen.fault].happened} />
          <p>{words.faults[screen.fault].do}</p>
          {request !== null && (
            <button type="button" className="primary" onClick={() => signIn.deny()}>
              {words.back}
            </button>
          )}
        </>
      );
    case 'username':
      return (
        <Task
          {...props}
          title={labelOf(theme, 'portal.title', language) ?? titleOf(words, request)}
          lead={labelOf(theme, 'portal.intro', language) ?? undefined}
        >
          <UsernameForm {...props} />
          {state.unusable !== null && <Note words={words.faults[state.unusable]} />}
          <Help {...props} />
        </Task>
      );
    case 'factors':
      return <Factors {...props} />;
    case 'password':
      return (
        <Task {...props} title={words.password} who onChange={onChange}>
          <PasswordForm {...props} button={words.signIn} onPassword={(text) => signIn.givePassword(text)} />
          {hasChoice(state) && (
            <Plain {...props} label={words.back} act={async () => signIn.backToFactors()} />
          )}
          {state.unusable !== null && <Note words={words.faults[state.unusable]} />}
          {!screen.second && <AddLink {...props} />}
        </Task>
      );
    case 'new-password':
      return (
        <Task {...props} title={words.newPassword.title} lead={words.newPassword.lead} who>
          <NewPasswordForm
            words={words}
            busy={state.busy}
            username={state.username ?? ''}
            minimumLength={screen.minimumLength}
            onPassword={({ own }) => signIn.giveNewPassword(own)}
          />
        </Task>
      );
    case 'code':
      return (
        <Task
          {...props}
          title={words.code.title}
          lead={codeHint(words, screen.factor.method)}
          who
          onChange={onChange}
        >
          <Code
            {...props}
            button={words.signIn}
            onCode={(code) => signIn.giveCode(code)}
            onSendAgain={() => signIn.sendCodeAgain()}
          />
          {hasChoice(state) && (
            <Plain {...props} label={words.back} act={async () => signIn.backToFactors()} />
          )}
        </Task>
      );
    case 'protect':
    case 'enrollment-code':
    case 'make':
    case 'added':
      return <AddingPage {...props} adding={adding} who onChange={onChange} />;
    case 'offer': {
      const name = `${state.add?.enrollId}.description`;
      return (
        <Task
          {...props}
          title={words.add.offerTitle}
          lead={labelOf(theme, name, language) ?? words.add.description}
          who
          onChange={onChange}
        >
          <Primary
            {...props}
            label={labelOf(theme, state.add?.enrollId ?? '', language) ?? words.add.link}
            act={() => adding.begin()}
          />
          <Plain {...props} label={words.add.notNow} act={() => adding.decline()} />
        </Task>
      );
    }
    case 'consent':
      return (
        <Task {...props} title={words.consent.title(client)} lead={words.consent.now}>
          <ConsentForm {...props} sharings={screen.sharings} />
        </Task>
      );
    case 'leaving':
      return <p className="quiet">{words.leaving(client)}</p>;
  }
}

function titleOf(words: Words, request: SignInState['request']): string {
  if (request === null || request.client_name === '') return words.title;
  return request.purpose === 'account' ? words.titleAccount : words.titleTo(request.client_name);
}

function hasChoice({ passkey, password, codes }: SignInState): boolean {
  return [passkey, password, ...codes].filter((factor) => factor !== null).length > 1;
}

/** The tenant's own words for whoever is lost. */
function Help({ state, language }: PageProps) {
  const help = labelOf(state.theme, 'portal.help', language);
  return help === null ? null : <p className="quiet help">{help}</p>;
}
