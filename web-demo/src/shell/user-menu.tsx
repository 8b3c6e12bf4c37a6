// Who is signed in, until when, and the way out.

import type { Identity } from "../live/identity/identity.ts";
import { formatMoment } from "../parts/format.ts";
import { Icon } from "../parts/icon.tsx";
import { href } from "../route/route.ts";

export function UserMenu({ identity }: { identity: Identity }) {
  const { name, expiresAt, exits } = identity;
  const until = expiresAt ? `Signed in until ${formatMoment(expiresAt)}` : undefined;
  return (
    <>
      <span class="user muted" title={until}>
        <Name identity={identity} />
        {until && <span class="visually-hidden">. {until}.</span>}
      </span>
      <button
        type="button"
        class="plain"
        data-testid="sign-out"
        aria-label={`Sign out ${name}`}
        title={`Sign out ${name}`}
        onClick={() => exits.signOut()}
      >
        <Icon name="sign-out" />
      </button>
    </>
  );
}

/** A link for those who may see users. Who has come with a token may be none of them; that page then says so. */
function Name({ identity: { name, rights } }: { identity: Identity }) {
  if (!rights.administration) return <span data-testid="user">{name}</span>;
  return (
    <a href={href(["users", name])} data-testid="user">
      {name}
    </a>
  );
}
