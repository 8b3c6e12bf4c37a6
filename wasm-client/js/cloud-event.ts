import { attributeText, isBase64, isNative, nativeValue, wrong } from "./attribute.js";
import { isJson, readContent } from "./content.js";
import type { Message } from "./message.js";
import { randomText } from "./options.js";
import type { PublishOptions } from "./publish.js";

/**
 * An event (CloudEvents 1.0), with the members of its JSON format: attributes, extensions among them, and data. The class
 * of the npm package `cloudevents` can be made of it. `T` is what its data is known to be.
 */
export interface CloudEvent<T = unknown> {
  specversion: string;
  /** Unique within its source. */
  id: string;
  /** Where it happened: a URI-reference. */
  source: string;
  /** What kind of thing happened. */
  type: string;
  /** What it happened to, within the source. */
  subject?: string;
  /** When it happened: RFC 3339. */
  time?: string;
  /** The media type of the data. */
  datacontenttype?: string;
  /** What the data keeps to: a URI. */
  dataschema?: string;
  /** The value of JSON, a text, or octets as a `Uint8Array`. */
  data?: T;
  /** Octets once more, in base64, as they came. */
  data_base64?: string;
  /** Extensions: text, Booleans, and whole numbers of 32 bits. */
  [extension: string]: unknown;
}

/** An event to be published: of a {@link CloudEvent} it needs a `source` and a `type`. The class of npm's `cloudevents` is one. */
export interface CloudEventInit<T = unknown> {
  source: string;
  type: string;
  /** Default: a random one. */
  id?: string | undefined;
  /** Default, and all there is: `1.0`. */
  specversion?: string | undefined;
  subject?: string | undefined;
  time?: string | Date | undefined;
  /** Default: `text/plain` for a string, none for octets, else `application/json`. */
  datacontenttype?: string | undefined;
  dataschema?: string | undefined;
  data?: T | undefined;
  data_base64?: string | undefined;
  /** Extensions: text, Booleans, whole numbers of 32 bits, a `Date`, octets. What is `null` or `undefined` is not there. */
  [extension: string]: unknown;
}

/** Settings of {@link Client.publishEvent}. */
export interface EventOptions extends Omit<PublishOptions, "contentType" | "dedupId"> {
  /** Whether the server stores one event of each `source` and `id` within ten minutes, however it is published. */
  deduplicate?: boolean;
}

/** The event in binary mode: attributes as headers, data as the body. */
export function encodeEvent(event: CloudEventInit, options: EventOptions): { body: string | Uint8Array; options: PublishOptions } {
  const { data, data_base64, datacontenttype, ...attributes } = event;
  const { deduplicate, headers, ...others } = options;
  const { source, type, specversion = "1.0" } = attributes;
  if (specversion !== "1.0") throw wrong("specversion", 'must be "1.0"');
  if (source == null || type == null) throw wrong(source == null ? "source" : "type", "is missing");
  const id = attributes.id ?? crypto.randomUUID?.() ?? randomText(); // pages that came without https have no randomUUID
  const named: Record<string, string> = { ...headers };
  const types: string[] = [];
  for (const [name, value] of Object.entries({ ...attributes, specversion, id })) {
    if (value != null) named[`ce-${name}`] = attributeText(name, value);
    const type = { number: "Integer", boolean: "Boolean" }[typeof value as string];
    if (type && !isNative(name)) types.push(`${name}=${type}`);
  }
  if (types.length > 0) named["x-ce-types"] = types.join(" "); // headers are text, and names that nobody knows tell no type
  const { body, contentType } = encodeData(data, data_base64, datacontenttype ?? undefined);
  // An empty body alone says that there is no data.
  if (body.length === 0 && (data !== undefined || data_base64 != null)) named["x-ce-data"] = "empty";
  if (deduplicate) named["x-dedup-event"] = "true"; // the server makes the id of source and id, as of an event that comes over HTTP
  return {
    body,
    options: {
      ...others,
      headers: named,
      ...(contentType !== undefined && { contentType }),
    },
  };
}

/** The body, and its media type if {@link Client.publish} would not say the same. */
function encodeData(data: unknown, base64: unknown, contentType: string | undefined): { body: string | Uint8Array; contentType: string | undefined } {
  if (contentType !== undefined) attributeText("datacontenttype", contentType);
  if (data instanceof ArrayBuffer) return { body: new Uint8Array(data), contentType };
  if (data instanceof Uint8Array) return { body: data, contentType };
  if (base64 != null) {
    if (data !== undefined) throw wrong("data", 'and its "data_base64" exclude each other');
    return { body: octets(base64), contentType };
  }
  if (data === undefined) return { body: new Uint8Array(), contentType };
  const isWritten = contentType === undefined ? typeof data !== "string" : isJson(contentType);
  if (isWritten) return { body: json(data), contentType: contentType ?? "application/json" };
  if (typeof data !== "string") throw wrong("data", `must be a text or octets, since datacontenttype is ${contentType}`);
  return { body: data, contentType };
}

function json(data: unknown): string {
  const text = JSON.stringify(data) as string | undefined;
  if (text === undefined) throw wrong("data", "cannot be written as JSON");
  return text;
}

function octets(base64: unknown): Uint8Array {
  if (typeof base64 !== "string" || !isBase64(base64)) throw wrong("data_base64", "must be base64");
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

/** The event that a message is. What the server did not write as JSON is read from the headers. */
export function readEvent<T>(message: Message, check: ((data: unknown) => T) | undefined): CloudEvent<T> {
  const isWritten = /^application\/cloudevents\+json\s*(;|$)/i.test(message.headers["content-type"] ?? "");
  const event = isWritten ? (JSON.parse(message.text) as CloudEvent) : fromHeaders(message);
  if (event.data_base64 != null) event.data = octets(event.data_base64);
  if (check) event.data = check(event.data);
  return event as CloudEvent<T>;
}

function fromHeaders(message: Message): CloudEvent {
  const { headers } = message;
  const event: Record<string, unknown> = {};
  for (const [name, text] of Object.entries(headers)) {
    if (name.startsWith("ce-")) event[name.slice(3)] ??= nativeValue(name.slice(3), text);
  }
  const { "content-type": datacontenttype, "message-id": id } = headers;
  if (datacontenttype !== undefined) event["datacontenttype"] = datacontenttype;
  if (message.bytes.length > 0 || headers["x-ce-data"]) event["data"] = readContent(message);
  return { specversion: "1.0", id: id!, source: message.destination, type: "wharf.message", ...event };
}
