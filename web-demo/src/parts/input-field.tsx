// Fields of a form with a note below each; the form reads them by their names.

import type { ComponentChildren } from "preact";

interface FieldProps {
  name: string;
  label: ComponentChildren;
  /** What it does, and what is without it. */
  note?: ComponentChildren;
  /** What is wrong with what was typed; shown instead of the note. */
  problem?: string | null | undefined;
  /** Prefix of the test ids and of the ids of notes. */
  testId: string;
}

interface Shared extends FieldProps {
  required?: boolean;
  disabled?: boolean;
  autofocus?: boolean;
  placeholder?: string;
  defaultValue?: string | undefined;
  /** With `onInput`: the field is led by who draws it. */
  value?: string;
  onInput?: (text: string) => void;
}

interface InputProps extends Shared {
  type?: "text" | "number" | "url" | "password" | "datetime-local";
  min?: number;
  max?: number;
  step?: number | "any";
  pattern?: string;
  /** What a pattern asks for. */
  title?: string;
  /** Id of a datalist. */
  list?: string;
}

export function InputField({ name, label, note, problem, testId, onInput, ...attributes }: InputProps) {
  return (
    <label class="field">
      <span>{label}</span>
      <input
        autocomplete={attributes.type === "password" ? "new-password" : "off"}
        autocapitalize="none"
        spellcheck={false}
        {...(attributes as object)}
        {...shared(name, testId, note, problem)}
        onInput={(event) => onInput?.(event.currentTarget.value)}
      />
      <Note id={`${testId}-${name}-note`} note={note} problem={problem} />
    </label>
  );
}

export function TextField({ name, label, note, problem, testId, onInput, rows = 3, ...attributes }: Shared & { rows?: number }) {
  return (
    <label class="field">
      <span>{label}</span>
      <textarea
        rows={rows}
        autocapitalize="none"
        spellcheck={false}
        {...(attributes as object)}
        {...shared(name, testId, note, problem)}
        onInput={(event) => onInput?.(event.currentTarget.value)}
      />
      <Note id={`${testId}-${name}-note`} note={note} problem={problem} />
    </label>
  );
}

export interface Choice {
  value: string;
  label: string;
}

interface ChoiceProps extends FieldProps {
  choices: readonly Choice[];
  /** What is chosen at first, or now if `onChange` is told. */
  value: string;
  onChange?: (value: string) => void;
}

export function ChoiceField({ name, label, note, testId, choices, value, onChange }: ChoiceProps) {
  return (
    <label class="field">
      <span>{label}</span>
      <select {...shared(name, testId, note, null)} onChange={(event) => onChange?.(event.currentTarget.value)}>
        {choices.map((choice) => (
          <option key={choice.value} value={choice.value} selected={choice.value === value}>
            {choice.label}
          </option>
        ))}
      </select>
      <Note id={`${testId}-${name}-note`} note={note} problem={null} />
    </label>
  );
}

function shared(name: string, testId: string, note: ComponentChildren, problem: string | null | undefined) {
  return {
    name,
    "data-testid": `${testId}-${name}`,
    "aria-describedby": note || problem ? `${testId}-${name}-note` : undefined,
    "aria-invalid": problem ? ("true" as const) : undefined,
  };
}

function Note({ id, note, problem }: { id: string; note: ComponentChildren; problem: string | null | undefined }) {
  if (!note && !problem) return null;
  return (
    <small id={id} class={problem ? "problem" : undefined} data-testid={problem ? `${id.replace(/-note$/, "")}-problem` : undefined}>
      {problem || note}
    </small>
  );
}
