import type { OwnPasskey } from '@keywarden/api/account';

/** The model's own picture where the metadata has one; else what it looks like, roughly. */
export function KindIcon({ passkey }: { readonly passkey: Pick<OwnPasskey, 'icon' | 'kind'> }) {
  if (passkey.icon !== null) return <img className="kind" src={passkey.icon} alt="" />;
  return (
    <svg className="kind" viewBox="0 0 32 32" aria-hidden="true">
      {drawings[passkey.kind]}
    </svg>
  );
}

const drawings = {
  'security-key': (
    <>
      <rect x="3" y="11" width="19" height="10" rx="3" />
      <path d="M22 13h7v6h-7" />
      <circle cx="12" cy="16" r="2.5" />
    </>
  ),
  'this-device': (
    <>
      <rect x="5" y="7" width="22" height="14" rx="2" />
      <path d="M2 25h28" />
    </>
  ),
  phone: (
    <>
      <rect x="10" y="3" width="12" height="26" rx="3" />
      <path d="M15 25h2" />
    </>
  ),
  passkey: (
    <>
      <circle cx="11" cy="16" r="6" />
      <path d="M17 16h12v5M24 16v4" />
    </>
  ),
} as const;
