import type { ComponentChildren } from "preact";

interface Props {
  title: string;
  testId?: string;
  /** What to do about it. */
  children?: ComponentChildren;
}

/** Nothing is here, said with the way out of it. */
export function EmptyState({ title, testId, children }: Props) {
  return (
    <div class="empty-state" data-testid={testId}>
      <p class="title">{title}</p>
      {children && <p class="muted">{children}</p>}
    </div>
  );
}
