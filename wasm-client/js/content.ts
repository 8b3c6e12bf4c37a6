import type { Message } from "./message.js";

/** Whether a media type is that of JSON. */
export function isJson(contentType: string): boolean {
  return /^[^;]*[/+]json\s*(;|$)/i.test(contentType);
}

/** The body as its `content-type` says: the value of JSON, a string for `text/*`, else octets. Throws what `JSON.parse` throws. */
export function readContent(message: Message): unknown {
  const contentType = message.headers["content-type"] ?? "";
  if (/^\s*text\//i.test(contentType)) return message.text;
  return isJson(contentType) ? JSON.parse(message.text) : message.bytes;
}
