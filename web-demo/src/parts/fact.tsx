import type { ComponentChildren } from "preact";

/** A fact with its name. Belongs in a `<dl>` of facts. */
export function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
