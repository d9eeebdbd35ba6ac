import { type ReactNode, useEffect, useState } from 'react';

/** A skeleton for less than this flickers more than it tells. */
const after = 150;

export function Delayed({ children }: { readonly children: ReactNode }) {
  const [due, setDue] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setDue(true), after);
    return () => clearTimeout(timer);
  }, []);
  return due ? children : null;
}
