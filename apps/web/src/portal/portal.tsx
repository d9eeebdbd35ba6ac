import { type ReactNode, useEffect, useRef, useSyncExternalStore } from 'react';
import { ConsentForm, PasswordForm, UsernameForm } from './forms.tsx';
import type { SignIn, SignInState } from './sign-in.ts';
import type { Words } from './words/index.ts';

interface Props {
  readonly signIn: SignIn;
  readonly words: Words;
  readonly language: string;
}

/** The tenant's brand first, one task a page, ours in the footer alone. */
export function Portal({ signIn, words, language }: Props) {
  const state = useSyncExternalStore(signIn.watch, signIn.snapshot);
  const { theme, screen } = state;
  const accent = theme?.colors.light.accent;
  useEffect(() => {
    if (accent !== undefined && CSS.supports('color', accent)) {
      document.documentElement.style.setProperty('--brand', accent);
    }
  }, [accent]);
  return (
    <div className="portal">
      <header className="brand">{theme?.name ?? ''}</header>
      <main className="card" aria-busy={state.busy}>
        <Page key={screen.name} state={state} signIn={signIn} words={words} language={language} />
        <p className="visually-hidden" role="status">
          {state.asking ? words.waiting : ''}
        </p>
      </main>
      <footer>{words.footer}</footer>
    </div>
  );
}

interface PageProps extends Props {
  readonly state: SignInState;
}

function Page(props: PageProps) {
  const { state, signIn, words } = props;
  const { screen, request } = state;
  const client = request?.client_name ?? '';
  switch (screen.name) {
    case 'loading':
      return state.fault === null ? (
        <p className="quiet">{words.loading}</p>
      ) : (
        <Heading {...props} title={words.title}>
          <button type="button" className="primary" onClick={() => void signIn.start()}>
            {words.tryAgain}
          </button>
        </Heading>
      );
    case 'over':
      return <Over {...props} />;
    case 'username':
      return (
        <Heading {...props} title={client === '' ? words.title : words.titleTo(client)}>
          <UsernameForm {...props} />
        </Heading>
      );
    case 'factors':
      return <Factors {...props} />;
    case 'password':
      return (
        <Heading {...props} title={words.password} who>
          <PasswordForm {...props} button={words.signIn} onPassword={(text) => signIn.givePassword(text)} />
          {state.passkey !== null && (
            <button type="button" className="plain" onClick={() => signIn.backToFactors()}>
              {words.back}
            </button>
          )}
          <AddLink {...props} />
        </Heading>
      );
    case 'protect':
      return (
        <Heading {...props} title={words.add.title} now={words.add.protect} who>
          <PasswordForm
            {...props}
            button={words.continue}
            onPassword={(text) => signIn.proveProtection(text)}
          />
          <button type="button" className="plain" onClick={() => void signIn.declineOffer()}>
            {words.back}
          </button>
        </Heading>
      );
    case 'make':
      return (
        <Heading {...props} title={words.add.title} now={words.add.make} who>
          <Primary {...props} label={words.add.makeButton} act={() => signIn.makePasskey()} />
          <button
            type="button"
            className="plain"
            disabled={state.busy}
            onClick={() => void signIn.declineOffer()}
          >
            {words.add.notNow}
          </button>
        </Heading>
      );
    case 'added':
      return (
        <Heading {...props} title={words.add.doneTitle} now={words.add.done}>
          <Primary {...props} label={words.continue} act={() => signIn.goOn()} />
        </Heading>
      );
    case 'offer':
      return (
        <Heading {...props} title={words.add.offerTitle} now={words.add.description} who>
          <Primary {...props} label={words.add.link} act={() => signIn.addPasskey()} />
          <button
            type="button"
            className="plain"
            disabled={state.busy}
            onClick={() => void signIn.declineOffer()}
          >
            {words.add.notNow}
          </button>
        </Heading>
      );
    case 'consent':
      return (
        <Heading {...props} title={words.consent.title(client)} now={words.consent.now}>
          <ConsentForm {...props} sharings={screen.sharings} />
        </Heading>
      );
    case 'leaving':
      return <p className="quiet">{words.leaving(client)}</p>;
  }
}

function Factors(props: PageProps) {
  const { state, signIn, words } = props;
  const second = state.screen.name === 'factors' && state.screen.second;
  const { passkey, password } = state;
  if (passkey === null && password === null) {
    return (
      <Heading {...props} title={words.title} now={words.noWay} who>
        <p>{words.noWayDo}</p>
      </Heading>
    );
  }
  return (
    <Heading
      {...props}
      title={second ? words.second : words.title}
      now={second ? words.secondNow : undefined}
      who
    >
      <Primary {...props} label={words.usePasskey} act={() => signIn.signInWithPasskey()} />
      {password !== null && (
        <>
          <p className="or">
            <span>{words.or}</span>
          </p>
          <button
            type="button"
            className="secondary"
            disabled={state.busy}
            onClick={() => signIn.choosePassword()}
          >
            {words.usePassword}
          </button>
        </>
      )}
      {!second && <AddLink {...props} />}
    </Heading>
  );
}

/** Exactly when the authentication service offers it to this person. */
function AddLink({ state, signIn, words, language }: PageProps) {
  if (state.add === null) return null;
  const { theme } = state;
  const labels = theme?.language === language ? theme.labels : {};
  return (
    <div className="add">
      <button type="button" className="link" disabled={state.busy} onClick={() => void signIn.addPasskey()}>
        {labels[state.add.enrollId] ?? words.add.link}
      </button>
      <p className="quiet">{labels[`${state.add.enrollId}.description`] ?? words.add.description}</p>
    </div>
  );
}

function Over({ state, signIn, words }: PageProps) {
  const fault = state.screen.name === 'over' ? state.screen.fault : 'request-over';
  const { happened, do: next } = words.faults[fault];
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus(), []);
  return (
    <>
      <h1 ref={title} tabIndex={-1}>
        {happened}
      </h1>
      <p>{next}</p>
      {state.request !== null && (
        <button type="button" className="primary" onClick={() => signIn.deny()}>
          {words.back}
        </button>
      )}
    </>
  );
}

export function Primary({
  state,
  words,
  label,
  act,
}: Pick<PageProps, 'state' | 'words'> & { readonly label: string; readonly act: () => Promise<void> }) {
  return (
    <button type="button" className="primary" disabled={state.busy} onClick={() => void act()}>
      {state.asking ? words.waiting : label}
    </button>
  );
}

interface HeadingProps extends PageProps {
  readonly title: string;
  readonly now?: string | undefined;
  /** Says who is signing in, and lets her change it. */
  readonly who?: boolean;
  readonly children: ReactNode;
}

function Heading({ state, signIn, words, title, now, who = false, children }: HeadingProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  const { fault, username } = state;
  useEffect(() => {
    document.title = title;
    // A page with a field focuses that; any other its heading, so that it is read out.
    if (document.querySelector('[autofocus], [data-autofocus]') === null) heading.current?.focus();
  }, [title]);
  return (
    <>
      <h1 ref={heading} tabIndex={-1}>
        {title}
      </h1>
      {who && username !== null && (
        <p className="who">
          {words.as(username)}
          {!state.bound && (
            <button
              type="button"
              className="link"
              disabled={state.busy}
              onClick={() => signIn.changeUsername()}
            >
              {words.change}
            </button>
          )}
        </p>
      )}
      {now !== undefined && <p>{now}</p>}
      {fault !== null && (
        <div className="fault" role="alert">
          <strong>{words.faults[fault].happened}</strong>
          <p>{words.faults[fault].do}</p>
        </div>
      )}
      {children}
    </>
  );
}
