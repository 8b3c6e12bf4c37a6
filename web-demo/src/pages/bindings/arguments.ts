// The arguments of a binding to a headers exchange, as people write and read them.

import type { Binding } from "../../api/bindings.ts";

export function argumentsText(binding: Binding): string {
  return Object.entries(binding.arguments)
    .map(([name, value]) => `${name}: ${value}`)
    .join(", ");
}

/** A line each: `name=value`. */
export function readArguments(text: string): Record<string, string> {
  const given: Record<string, string> = {};
  for (const line of text.split("\n").filter((line) => line.trim() !== "")) {
    const [name = "", ...value] = line.split("=");
    if (value.length === 0) throw new Error(`${line.trim()} is no name=value`);
    given[name.trim()] = value.join("=").trim();
  }
  return given;
}
