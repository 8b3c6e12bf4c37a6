import { CodeBlock } from "../../parts/code-block.tsx";
import { Dialog } from "../../parts/dialog.tsx";
import { formatMoment } from "../../parts/format.ts";
import { Icon } from "../../parts/icon.tsx";

interface Props {
  title: string;
  secret: string;
  /** Until when the secret before it holds too. */
  previousUntil?: string | null;
  /** About filters that may mean something else. */
  warnings?: readonly string[] | undefined;
  onClose: () => void;
}

/** The one time that a secret is shown. */
export function SecretDialog({ title, secret, previousUntil = null, warnings = [], onClose }: Props) {
  return (
    <Dialog title={title} class="middle" testId="secret-dialog" deliberate onClose={onClose}>
      <p class="notice" data-level="warn">
        <Icon name="key" />
        <span>
          <b>Keep this secret now: it is not shown again.</b> The receiver verifies with it that a request comes from here and was not changed.
          A lost secret is replaced by rotating it.
        </span>
      </p>
      <CodeBlock label="the secret" text={secret} testId="secret">
        Signing secret
      </CodeBlock>
      {previousUntil && (
        <p class="muted" data-testid="secret-previous">
          The secret before it holds until {formatMoment(new Date(previousUntil))}: requests carry both signatures until then.
        </p>
      )}
      {warnings.map((warning) => (
        <p key={warning} class="notice" data-level="warn" data-testid="webhook-warning">
          <Icon name="warning" />
          <span>{warning}</span>
        </p>
      ))}
      <div class="actions">
        <button type="button" class="primary" data-testid="secret-kept" onClick={onClose}>
          I have kept it
        </button>
      </div>
    </Dialog>
  );
}
