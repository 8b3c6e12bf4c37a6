import type { ComponentChildren } from "preact";
import { Icon, type IconName } from "./icon.tsx";

/** How good it is; the colour of the icon says it again. */
export type Level = "good" | "warn" | "bad" | "quiet";

interface Props {
  level: Level;
  icon: IconName;
  /** What it means, on pointing at it. */
  title?: string | undefined;
  testId?: string;
  children: ComponentChildren;
}

/** A state as an icon and a word: never by its colour alone. */
export function Sign({ level, icon, title, testId, children }: Props) {
  return (
    <span class="sign" data-level={level} title={title} data-testid={testId}>
      <Icon name={icon} />
      <span>{children}</span>
    </span>
  );
}
