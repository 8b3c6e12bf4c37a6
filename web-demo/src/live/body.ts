// A message body as text to read.

/** More than this of one body is not shown: hundreds of them may be on the page. */
const SHOWN_CHARACTERS = 16_384;
const SHOWN_OCTETS = 256;
/** Longer JSON is shown as it came: reading and writing it again costs more than it explains. */
const PRETTY_CHARACTERS = 65_536;

export interface Readable {
  kind: "json" | "text" | "binary" | "empty";
  text: string;
  /** What was left out, as a sentence. */
  rest: string | null;
}

export function readBody(bytes: Uint8Array): Readable {
  if (bytes.length === 0) return { kind: "empty", text: "", rest: null };
  const text = decode(bytes);
  if (text === null) return hexadecimal(bytes);
  const pretty = prettyJson(text);
  return shorten(pretty === null ? "text" : "json", pretty ?? text);
}

function decode(bytes: Uint8Array): string | null {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return text.includes("\0") ? null : text;
  } catch {
    return null;
  }
}

/** Only objects and arrays: a lone number or word reads the same either way. */
function prettyJson(text: string): string | null {
  if (text.length > PRETTY_CHARACTERS || !/^\s*[[{]/.test(text)) return null;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return null;
  }
}

function hexadecimal(bytes: Uint8Array): Readable {
  const shown = bytes.subarray(0, SHOWN_OCTETS);
  const pairs = Array.from(shown, (octet) => octet.toString(16).padStart(2, "0"));
  const left = bytes.length - shown.length;
  return {
    kind: "binary",
    text: pairs.join(" "),
    rest: left > 0 ? `${left.toLocaleString("en")} more octets` : null,
  };
}

function shorten(kind: "json" | "text", text: string): Readable {
  if (text.length <= SHOWN_CHARACTERS) return { kind, text, rest: null };
  const left = text.length - SHOWN_CHARACTERS;
  return { kind, text: text.slice(0, SHOWN_CHARACTERS), rest: `${left.toLocaleString("en")} more characters` };
}
