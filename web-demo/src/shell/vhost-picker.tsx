import type { Workspace } from "../live/workspace.ts";

/** The vhost that is worked in; a choice for those who may use others. */
export function VhostPicker({ workspace: { identity, vhost } }: { workspace: Workspace }) {
  const vhosts = identity.vhosts.value;
  if (vhosts.length < 2) return <span data-testid="vhost">{vhost}</span>;
  return (
    <select
      aria-label="vhost"
      data-testid="vhost"
      value={vhost}
      onChange={(event) => identity.exits.switchTo(event.currentTarget.value)}
    >
      {!vhosts.includes(vhost) && <option value={vhost}>{vhost}</option>}
      {vhosts.map((name) => (
        <option key={name} value={name} selected={name === vhost}>
          {name}
        </option>
      ))}
    </select>
  );
}
