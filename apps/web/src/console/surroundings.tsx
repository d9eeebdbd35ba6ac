import type { Session } from '@keywarden/api';
import { createContext, type ReactNode, useContext } from 'react';
import type { Management } from '../client/management.ts';
import type { Http } from '../client/request.ts';
import type { WorkstationLink } from '../workstation/link.ts';

/** What the page stands on, given once in main.tsx: nothing here is a module's own state. */
export interface Surroundings {
  readonly http: Http;
  /** One link to the workstation service for each tenant whose pages were opened. */
  readonly linkFor: (session: Session, management: Management) => WorkstationLink;
  readonly wait: (milliseconds: number) => Promise<void>;
  readonly uuid: () => string;
}

const Surrounding = createContext<Surroundings | null>(null);

export function SurroundingsProvider({
  value,
  children,
}: {
  readonly value: Surroundings;
  readonly children: ReactNode;
}) {
  return <Surrounding value={value}>{children}</Surrounding>;
}

export function useSurroundings(): Surroundings {
  const value = useContext(Surrounding);
  if (value === null) throw new Error('SurroundingsProvider is missing above this component.');
  return value;
}

/** Who is signed in, in which tenant, and what that gives. */
export interface Signed {
  readonly session: Session;
  readonly tenant: string;
  readonly management: Management;
  readonly link: WorkstationLink;
}

const SignedIn = createContext<Signed | null>(null);

export function SignedProvider({
  value,
  children,
}: {
  readonly value: Signed;
  readonly children: ReactNode;
}) {
  return <SignedIn value={value}>{children}</SignedIn>;
}

export function useSigned(): Signed {
  const value = useContext(SignedIn);
  if (value === null) throw new Error('SignedProvider is missing above this component.');
  return value;
}
