import { useId } from 'react';
import { spokenLanguages } from './speech.ts';

/** What she reads now, and how she reads another. */
export interface LanguageChoice {
  readonly language: string;
  readonly choose: (tag: string) => void;
}

/** Each language by its own name: whoever can't read this page finds hers. */
export function LanguageSwitch({
  choice: { language, choose },
  label,
}: {
  readonly choice: LanguageChoice;
  readonly label: string;
}) {
  const id = useId();
  return (
    <>
      <label htmlFor={id} className="visually-hidden">
        {label}
      </label>
      <select
        id={id}
        className="languages"
        value={language}
        onChange={(event) => choose(event.currentTarget.value)}
      >
        {spokenLanguages.map(({ tag, name }) => (
          <option key={tag} value={tag} lang={tag}>
            {name}
          </option>
        ))}
      </select>
    </>
  );
}
