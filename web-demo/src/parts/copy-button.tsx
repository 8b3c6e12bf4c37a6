import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { Icon } from "./icon.tsx";

/** For how long it says that it has copied. */
const SAID_MS = 2_500;

interface Props {
  text: string;
  /** What is copied, for those who do not see what stands beside it: "the secret". */
  what: string;
  testId?: string;
  /** Only its icon: for rows of tables. */
  iconOnly?: boolean;
  class?: string;
}

/** Of one width whatever it says, so that nothing moves. */
export function CopyButton({ text, what, testId = "copy", iconOnly = false, class: className }: Props) {
  const said = useSignal<"" | "Copied" | "Failed">("");
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (said.value === "") return;
    const timer = setTimeout(() => (said.value = ""), SAID_MS);
    return () => clearTimeout(timer);
  }, [said.value]);

  async function copy(): Promise<void> {
    said.value = (await write(text, button.current)) ? "Copied" : "Failed";
  }

  const classes = [iconOnly ? "plain icon-only" : "", className ?? ""].filter(Boolean).join(" ");
  return (
    <button
      ref={button}
      type="button"
      class={classes || undefined}
      data-testid={testId}
      data-said={said.value || undefined}
      aria-label={iconOnly ? `Copy ${what}` : undefined}
      title={iconOnly ? said.value || `Copy ${what}` : undefined}
      onClick={() => void copy()}
    >
      <Icon name={said.value === "Copied" ? "check" : said.value ? "warning" : "copy"} />
      {!iconOnly && (
        <span class="copy-text">
          {said.value || "Copy"}
          <span class="visually-hidden"> {what}</span>
        </span>
      )}
      <span class="visually-hidden" role="status">
        {said.value && `${said.value}: ${what}`}
      </span>
    </button>
  );
}

/** The clipboard of a page that did not come over https is closed; the old way still works there. */
async function write(text: string, near: HTMLElement | null): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return writeOldWay(text, near);
  }
}

function writeOldWay(text: string, near: HTMLElement | null): boolean {
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "visually-hidden";
  (near?.parentElement ?? document.body).append(area); // inside the dialog, which keeps the focus to itself
  area.select();
  try {
    return document.execCommand("copy");
  } finally {
    area.remove();
    near?.focus();
  }
}
