import { base } from "../../api/base.ts";
import type { HookRow } from "../../api/hooks.ts";
import { addressOf, commandFor, stepsFor } from "../../live/hooks/schemes.ts";
import { CodeBlock } from "../../parts/code-block.tsx";

/** What to do where the requests come from, and how to try it without that. */
export function SenderSetUp({ row }: { row: HookRow }) {
  const here = new URL(addressOf(row, base())).hostname;
  return (
    <div class="stack receiver" data-testid="sender">
      <ol class="steps">
        {stepsFor(row).map((step) => (
          <li key={step}>{step}</li>
        ))}
      </ol>
      {/^(127\.|localhost$|\[?::1)/.test(here) && (
        <p class="muted">This address is of this machine alone: a sender elsewhere needs the public name of the gateway instead.</p>
      )}
      <CodeBlock label="the command that tries it" text={commandFor(row, base())} testId="sender-command">
        To try it by hand
      </CodeBlock>
      <p class="muted">202: accepted and published, now or before, when it is a repetition. 401: the signature or the credentials are wrong.</p>
    </div>
  );
}
