import { useSignal } from "@preact/signals";
import { makeSecret } from "../../live/hooks/schemes.ts";
import { CopyButton } from "../../parts/copy-button.tsx";

interface Props {
  testId: string;
  name: string;
  label: string;
  note: string;
  /** How one can be made here; null where the sender makes it. */
  generate: "whsec" | "hex" | null;
  optional?: boolean;
  /** There is one, which stays if nothing is typed. */
  stays: boolean;
}

/** A secret to be typed, or made: one that was made here is shown, since the sender has to be told it. */
export function SecretField({ testId, name, label, note, generate, optional = false, stays }: Props) {
  const text = useSignal("");
  const made = useSignal(false);
  const id = `${testId}-${name}`;
  return (
    <div class="field secret-field">
      <label for={id}>{label}</label>
      <div class="measured">
        <input
          id={id}
          name={name}
          {...({ type: made.value ? "text" : "password" } as object)}
          required={!optional && !stays}
          autocomplete="new-password"
          spellcheck={false}
          aria-describedby={`${id}-note`}
          data-testid={id}
          value={text}
          onInput={(event) => {
            text.value = event.currentTarget.value;
            made.value = false;
          }}
        />
        {generate && !made.value && (
          <button
            type="button"
            data-testid={`${id}-make`}
            onClick={() => {
              text.value = makeSecret(generate);
              made.value = true;
            }}
          >
            Make one
          </button>
        )}
        {made.value && <CopyButton text={text.value} what={`the ${label.toLowerCase()}`} testId={`${id}-copy`} />}
      </div>
      <small id={`${id}-note`}>
        {made.value ? "Copy it for the sender now: it is not shown again." : stays ? `There is one. Nothing: it stays. ${note}` : note}
      </small>
    </div>
  );
}
