import { TAGS } from "../live/identity/rights.ts";

interface Props {
  name: string;
  /** What the user would need to be let in. */
  lack: "tag" | "vhost";
  signOut: () => void;
}

/** Somebody whom the gateway knows, and who has nothing to look at here. */
export function Barred({ name, lack, signOut }: Props) {
  return (
    <section class="panel narrow" aria-labelledby="barred-title" data-testid="barred">
      <h1 id="barred-title">
        {lack === "tag" ? (
          <>
            <span class="object-name">{name}</span> may not use the dashboard
          </>
        ) : (
          <>
            <span class="object-name">{name}</span> may use no vhost
          </>
        )}
      </h1>
      <p>You are signed in, and nothing is wrong with your password or token.</p>
      {lack === "tag" ? (
        <p class="muted">
          The dashboard is for users with one of the tags {TAGS.slice(0, -1).join(", ")} and {TAGS.at(-1)}; {name} has none of them. Publishing
          and subscribing do not depend on it. Who needs the dashboard asks an administrator for a tag.
        </p>
      ) : (
        <p class="muted">
          What the dashboard shows is of a vhost, and there is none that {name} has permissions in. An administrator gives them:{" "}
          <code>wharf ctl set_permissions</code>.
        </p>
      )}
      <div class="actions">
        <button type="button" class="primary" data-testid="sign-out" onClick={signOut}>
          Sign out
        </button>
      </div>
    </section>
  );
}
