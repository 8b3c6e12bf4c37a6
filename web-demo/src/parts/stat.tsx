import type { ComponentChildren } from "preact";

interface Props {
  label: string;
  /** Null while it is not known. */
  value: string | null;
  /** For tests and styles. */
  field: string;
  href?: string | undefined;
  /** The colour of a line in the charts that shows the same. */
  colour?: string;
  children?: ComponentChildren;
}

/** One number with its name. It has its room from the start, so that nothing moves when it grows. Belongs in `<dl class="stats">`. */
export function Stat({ label, value, field, href, colour, children }: Props) {
  return (
    <div class="stat" data-colour={colour}>
      <dt>{href ? <a href={href}>{label}</a> : label}</dt>
      <dd class={value === "0" ? "numbers zero" : "numbers"} data-testid="total" data-field={field}>
        {value ?? "–"}
      </dd>
      {children}
    </div>
  );
}
