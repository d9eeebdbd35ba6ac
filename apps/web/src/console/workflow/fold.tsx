import { type ReactNode, useState } from 'react';
import type { Faults } from '../editing/faults.ts';

interface Props {
  readonly title: string;
  /** JSON pointers of what is in it. */
  readonly places: readonly string[];
  readonly faults: Faults;
  readonly children: ReactNode;
}

export const placesOf = (at: string, members: readonly string[]) =>
  members.map((member) => `${at}/${member}`);

/** What is seldom needed. It opens by itself when something in it is wrong or worth a thought, and may be closed again. */
export function Fold({ title, places, faults, children }: Props) {
  const said = places.flatMap((place) => faults.below(place)?.text ?? []).join('\n');
  const [shown, setShown] = useState('');
  const [open, setOpen] = useState(false);
  if (said !== shown) {
    setShown(said);
    if (said !== '') setOpen(true);
  }
  return (
    <details className="part-more" open={open} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>{title}</summary>
      {children}
    </details>
  );
}
