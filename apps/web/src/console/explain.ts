import type { TFunction } from 'i18next';
import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError } from '../client/error.ts';
import { isErrorCode } from '../i18n/codes.ts';
import { ChannelError, WorkstationRefusal } from '../workstation/error.ts';

export interface Explanation {
  readonly title: string;
  readonly now: string | undefined;
  readonly do: string | undefined;
  readonly reference: string | null;
}

export interface Circumstances {
  readonly username?: string;
  /** The label of the button that tries again. */
  readonly button?: string;
  /** "while the policy was being written" */
  readonly during?: string;
  readonly field?: string | null;
  readonly retries?: number | null;
}

interface Said {
  readonly code: string;
  readonly title: string | null;
  readonly detail: string | null;
  readonly reference: string | null;
}

/** Our own three sentences for a code we know; the other side's for one that we don't. */
export function explainCode(t: TFunction, said: Said, circumstances: Circumstances): Explanation {
  const { code, reference } = said;
  if (!isErrorCode(code) || (code === 'problem' && said.title !== null)) {
    return {
      title: said.title ?? t('errors.problem.happened'),
      now: undefined,
      do: said.detail ?? t('errors.problem.do'),
      reference,
    };
  }
  const values = {
    username: circumstances.username ?? '',
    button: circumstances.button ?? t('app.tryAgain'),
    during: circumstances.during ?? t('failure.during.none'),
    field: circumstances.field ?? t('failure.aField'),
    retries: circumstances.retries ?? 0,
  };
  return {
    title: t(`errors.${code}.happened`, values),
    now: t(`errors.${code}.now`, values),
    do: t(`errors.${code}.do`, values),
    reference,
  };
}

export function explainError(t: TFunction, error: unknown, circumstances: Circumstances = {}): Explanation {
  if (error instanceof ApiError) {
    const { problem } = error;
    const field = problem?.particulars?.['field'];
    const said = {
      code: error.reason,
      title: problem?.title ?? null,
      detail: problem?.detail ?? null,
      reference: problem?.instance ?? null,
    };
    return explainCode(t, said, { field: typeof field === 'string' ? field : null, ...circumstances });
  }
  if (error instanceof WorkstationRefusal) {
    const { code, message, field, retriesLeft } = error.error;
    const said = { code, title: message, detail: null, reference: null };
    return explainCode(t, said, { field, retries: retriesLeft, ...circumstances });
  }
  const code = error instanceof ChannelError ? error.code : 'problem';
  return explainCode(t, { code, title: null, detail: null, reference: null }, circumstances);
}

export function useExplain(): (error: unknown, circumstances?: Circumstances) => Explanation {
  const { t } = useTranslation();
  return useCallback((error, circumstances) => explainError(t, error, circumstances), [t]);
}
