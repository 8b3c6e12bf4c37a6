import { invalid } from "./error.js";

const ESCAPES: Record<string, string> = { "\\n": "\n", "\\r": "\r", "\\c": ":", "\\\\": "\\" };

/** Reads header lines as they came. The first of a name counts (STOMP 1.2, "Repeated Header Entries"). */
export function readHeaders(lines: string): Record<string, string> {
  const headers: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const line of lines.split("\n")) {
    const colon = line.indexOf(":");
    if (colon > 0) headers[unescape(line.slice(0, colon))] ??= unescape(line.slice(colon + 1));
  }
  return headers;
}

function unescape(text: string): string {
  return text.includes("\\") ? text.replace(/\\./g, (escape) => ESCAPES[escape] ?? escape) : text;
}

/** Headers as the module takes them, without those that have no value. */
export function flatten(headers: Record<string, unknown> = {}): string {
  let flat = "";
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined) continue;
    const pair = `\0${name}\0${String(value)}`;
    if (pair.split("\0").length !== 3) throw invalid(`the header ${JSON.stringify(name)} has a NUL, which STOMP cannot carry`);
    flat += pair;
  }
  return flat;
}
