import { useComputed } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Workspace } from "../live/workspace.ts";
import { Icon } from "../parts/icon.tsx";
import { route } from "../route/route.ts";
import { sectionOf, sectionsFor } from "./sections.ts";

/** The navigation: at the left on wide screens, at the bottom on phones. */
export function Rail({ workspace }: { workspace: Workspace }) {
  const current = useComputed(() => sectionOf(route.value.path)).value;
  const rail = useRef<HTMLElement>(null);
  useEffect(() => {
    rail.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [current]);
  return (
    <nav class="rail" aria-label="Pages" ref={rail}>
      {sectionsFor(workspace.identity.rights).map(({ name, label, key, icon, href }) => (
        <a
          key={name}
          href={href}
          aria-current={name === current ? "page" : undefined}
          title={`${label} (g then ${key})`}
          data-testid={`nav-${name}`}
        >
          <Icon name={icon} />
          <span>{label}</span>
        </a>
      ))}
    </nav>
  );
}
