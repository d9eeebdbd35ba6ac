interface Props {
  readonly at: string;
  readonly language: string;
  /** With the time of day. */
  readonly exact?: boolean;
}

/** A day, with the minute for whoever points at it. */
export function Moment({ at, language, exact = false }: Props) {
  const date = new Date(at);
  const shown: Intl.DateTimeFormatOptions = exact
    ? { dateStyle: 'medium', timeStyle: 'short' }
    : { dateStyle: 'medium' };
  return (
    <time
      dateTime={at}
      title={new Intl.DateTimeFormat(language, { dateStyle: 'full', timeStyle: 'short' }).format(date)}
    >
      {new Intl.DateTimeFormat(language, shown).format(date)}
    </time>
  );
}
