import type { AddingPasskey } from './adding-passkey.ts';
import { CodeForm } from './code-form.tsx';
import { Code, codeHint } from './code-page.tsx';
import { Plain, Primary } from './offers.tsx';
import { PasswordForm } from './password-form.tsx';
import type { SignInState } from './state.ts';
import { Task } from './task.tsx';
import type { Words } from './words/index.ts';

interface Props {
  readonly state: SignInState;
  readonly adding: AddingPasskey;
  readonly words: Words;
  readonly now: () => number;
  /** Says who is signing in. */
  readonly who?: boolean;
  readonly onChange?: (() => void) | undefined;
}

/** What a new passkey takes, step by step: on the way of a sign-in and on the account page. */
export function AddingPage(props: Props) {
  const { state, adding, words } = props;
  const { screen } = state;
  switch (screen.name) {
    case 'protect':
      return (
        <Task {...props} title={words.add.title} lead={words.add.protect}>
          {screen.factor.type === 'LOGIN' ? (
            <PasswordForm
              {...props}
              button={words.continue}
              onPassword={(text) => adding.proveProtection(text)}
            />
          ) : (
            <>
              <p>{codeHint(words, screen.factor.method)}</p>
              <Code
                {...props}
                button={words.continue}
                onCode={(code) => adding.proveProtection(code)}
                onSendAgain={() => adding.sendCodeAgain()}
              />
            </>
          )}
          <Plain {...props} label={words.back} act={() => adding.decline()} />
          {state.add?.protectionFactor?.pendingDevice !== true && (
            <button
              type="button"
              className="link"
              disabled={state.busy}
              onClick={() => adding.takeEnrollmentCode()}
            >
              {words.add.useCode}
            </button>
          )}
        </Task>
      );
    case 'enrollment-code':
      return (
        <Task {...props} title={words.add.title} lead={words.add.code}>
          <CodeForm
            words={{ label: words.add.codeLabel, missing: words.code.missing, button: words.continue }}
            busy={state.busy}
            refused={state.fault === 'enrollment-code-wrong'}
            kind="letters"
            onCode={(code) => adding.giveEnrollmentCode(code)}
          />
          <Plain {...props} label={words.add.notNow} act={() => adding.decline()} />
        </Task>
      );
    case 'make':
      return (
        <Task {...props} title={words.add.title} lead={words.add.make}>
          <Primary {...props} label={words.add.makeButton} act={() => adding.make()} />
          <Plain {...props} label={words.add.notNow} act={() => adding.decline()} />
        </Task>
      );
    case 'added':
      return (
        <Task {...props} who={false} title={words.add.doneTitle} lead={words.add.done}>
          <Primary {...props} label={words.continue} act={() => adding.goOn()} />
        </Task>
      );
    default:
      return null;
  }
}
