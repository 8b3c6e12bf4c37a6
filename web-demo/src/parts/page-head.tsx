import type { ComponentChildren } from "preact";

interface Props {
  title: ComponentChildren;
  /** Above the title: where this page belongs, as links. */
  trail?: ComponentChildren;
  /** At the right: buttons. */
  children?: ComponentChildren;
}

/** The head of a page: its `h1`, which takes the focus when one arrives. */
export function PageHead({ title, trail, children }: Props) {
  return (
    <div class="page-head">
      {trail && <p class="trail">{trail}</p>}
      <h1 tabIndex={-1}>{title}</h1>
      {children && <div class="actions">{children}</div>}
    </div>
  );
}
