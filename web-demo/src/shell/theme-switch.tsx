import { Icon } from "../parts/icon.tsx";
import { chooseTheme, type Theme, THEMES, theme } from "./theme.ts";

const LABELS: Record<Theme, string> = { system: "as the system", light: "light", dark: "dark" };

/** One button that goes round the three: its name says what is, its tooltip what comes. */
export function ThemeSwitch() {
  const current = theme.value;
  const next = THEMES[(THEMES.indexOf(current) + 1) % THEMES.length]!;
  return (
    <button
      type="button"
      class="plain"
      data-testid="theme"
      data-theme-choice={current}
      aria-label={`Theme: ${LABELS[current]}`}
      title={`Theme: ${LABELS[current]}. Change to ${LABELS[next]}.`}
      onClick={() => chooseTheme(next)}
    >
      <Icon name={current} />
    </button>
  );
}
