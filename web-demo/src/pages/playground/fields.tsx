// The fields that both forms are made of, each bound to what the playground keeps.

import type { Signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import type { Protocol } from "../../live/playground/protocol.ts";

interface Props {
  label: string;
  testId: string;
  value: Signal<string>;
}

interface NumberProps extends Props {
  min: number;
  max: number;
  disabled?: boolean;
  /** Without a number there is no limit. */
  optional?: boolean;
}

export function NumberField({ label, testId, value, min, max, disabled = false, optional = false }: NumberProps) {
  return (
    <label class="field">
      <span>{label}</span>
      <input
        type="number"
        required={!optional}
        placeholder={optional ? "no limit" : undefined}
        min={min}
        max={max}
        disabled={disabled}
        data-testid={testId}
        value={value}
        onInput={(event) => (value.value = event.currentTarget.value)}
      />
    </label>
  );
}

export function TextArea({ label, testId, value, rows }: Props & { rows: number }) {
  return (
    <label class="field">
      <span>{label}</span>
      <textarea
        rows={rows}
        spellcheck={false}
        data-testid={testId}
        value={value}
        onInput={(event) => (value.value = event.currentTarget.value)}
      />
    </label>
  );
}

export function ProtocolField({ testId, value, protocols }: Omit<Props, "label"> & { protocols: readonly Protocol[] }) {
  return (
    <SelectField label="Protocol" testId={testId} value={value}>
      {protocols.map(({ id, label }) => (
        <option key={id} value={id}>
          {label}
        </option>
      ))}
    </SelectField>
  );
}

export function SelectField({ label, testId, value, children }: Props & { children: ComponentChildren }) {
  return (
    <label class="field">
      <span>{label}</span>
      <select data-testid={testId} value={value} onChange={(event) => (value.value = event.currentTarget.value)}>
        {children}
      </select>
    </label>
  );
}
