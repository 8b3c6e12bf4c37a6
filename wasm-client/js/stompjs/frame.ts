import { readHeaders } from "../headers.js";
import type { WharfError } from "../index.js";
import type { IFrame, StompHeaders } from "./types.js";

/** A frame without a body. */
export function frame(command: string, headers: StompHeaders): IFrame {
  return { command, headers, isBinaryBody: true, body: "", binaryBody: new Uint8Array() };
}

/** Reads a frame's command and header lines. */
export function readFrame(text: string): IFrame {
  const end = text.indexOf("\n");
  return frame(text.slice(0, end), { ...readHeaders(text.slice(end + 1)) });
}

/** The ERROR frame that an error came as, or might have. `headers` say what it is about. */
export function errorFrame({ code, message }: WharfError, headers: Record<string, string | undefined> = {}): IFrame {
  const about = Object.entries(headers).filter((header): header is [string, string] => header[1] !== undefined);
  return frame("ERROR", { message, "x-code": code, ...Object.fromEntries(about) });
}
