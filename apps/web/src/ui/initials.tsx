/** "Alice Liddell" → AL; one letter where there is one word. */
export function initialsOf(name: string): string {
  const words = name.trim().split(/\s+/u).filter(Boolean);
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined].map((word) =>
    word === undefined ? '' : ([...word][0] ?? ''),
  );
  return letters.join('').toLocaleUpperCase();
}

export function Initials({ name }: { readonly name: string }) {
  return (
    <span className="initials" aria-hidden="true">
      {initialsOf(name)}
    </span>
  );
}

/** How one speaks of a person in a sentence: the given name, or the whole name where it has another form. */
export function shortName(displayName: string): string {
  const name = displayName.trim();
  if (name.includes(',') || name === '') return name;
  return name.split(/\s+/u)[0] ?? name;
}
