import { Button, TextInput } from '@mantine/core';
import { type FormEvent, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Plain } from './lost-pages.tsx';
import { tokenIn } from './sign-in-token.ts';
import { useTitle } from './title.ts';

/** Explains the link, and takes one that was copied: a plain form, so that the server's redirect is the browser's. */
export function SignInPage() {
  const { t } = useTranslation();
  useTitle(t('signIn.title'));
  const [pasted, setPasted] = useState('');
  const [missing, setMissing] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const parameters = new URLSearchParams(window.location.search);
  const returns = parameters.has('return_to');

  const submit = (event: FormEvent) => {
    if (tokenIn(pasted) !== '') return;
    event.preventDefault();
    setMissing(true);
    field.current?.focus();
  };
  return (
    <Plain>
      <h1 className="page-title">{t('signIn.pageTitle')}</h1>
      <p>{t('signIn.now')}</p>
      {returns && <p>{t('signIn.back')}</p>}
      <form className="sign-in" method="post" action="/sign-in" onSubmit={submit}>
        <input type="hidden" name="token" value={tokenIn(pasted)} />
        <TextInput
          ref={field}
          label={t('signIn.field')}
          description={t('signIn.fieldHint')}
          error={missing && tokenIn(pasted) === '' ? t('signIn.missing') : undefined}
          autoComplete="off"
          spellCheck={false}
          value={pasted}
          onChange={(event) => setPasted(event.currentTarget.value)}
        />
        <Button type="submit">{t('signIn.button')}</Button>
      </form>
    </Plain>
  );
}
