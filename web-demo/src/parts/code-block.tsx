import type { ComponentChildren } from "preact";
import { CopyButton } from "./copy-button.tsx";

interface Props {
  /** What it is: "the example for Node". */
  label: string;
  text: string;
  testId?: string;
  /** Beside the button: what it is, for those who see it. */
  children?: ComponentChildren;
}

/** Text to be copied: an address, a secret, an example. */
export function CodeBlock({ label, text, testId, children }: Props) {
  return (
    <div class="code-block">
      <div class="code-head">
        <span class="muted">{children}</span>
        <CopyButton text={text} what={label} class="small" {...(testId && { testId: `${testId}-copy` })} />
      </div>
      <pre class="code" tabIndex={0} role="region" aria-label={label} data-testid={testId}>
        {text}
      </pre>
    </div>
  );
}

/** A line of text to be copied, with its button beside it. */
export function CopyLine({ label, text, testId }: Omit<Props, "children">) {
  return (
    <div class="copy-line">
      <code data-testid={testId}>{text}</code>
      <CopyButton text={text} what={label} class="small" {...(testId && { testId: `${testId}-copy` })} />
    </div>
  );
}
