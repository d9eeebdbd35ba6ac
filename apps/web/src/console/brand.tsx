import { Link } from '@tanstack/react-router';
import mark from '../ui/keywarden.svg';

export function Brand({ tenant }: { readonly tenant: string | null }) {
  const contents = (
    <>
      <img src={mark} alt="" width="22" height="22" />
      <span>Keywarden</span>
    </>
  );
  if (tenant === null) return <span className="brand">{contents}</span>;
  return (
    <Link className="brand" to="/$tenant/console/keys" params={{ tenant }}>
      {contents}
    </Link>
  );
}
