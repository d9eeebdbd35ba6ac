/** A day, with the minute for whoever points at it. */
export function Moment({ at, language }: { readonly at: string; readonly language: string }) {
  const date = new Date(at);
  return (
    <time
      dateTime={at}
      title={new Intl.DateTimeFormat(language, { dateStyle: 'full', timeStyle: 'short' }).format(date)}
    >
      {new Intl.DateTimeFormat(language, { dateStyle: 'medium' }).format(date)}
    </time>
  );
}
