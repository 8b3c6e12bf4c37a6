// Deep links: what the hash of the address says. The gateway has no catch-all page, so all of it is behind the `#`.

export interface Address {
  /** Decoded segments: `#/queues/%2F/orders` is `["queues", "/", "orders"]`, and the overview has none. */
  path: readonly string[];
  query: URLSearchParams;
}

/** Values of a query; what is empty, false or missing is left out of the address. A list is one entry for each. */
export type Query = Record<string, string | number | boolean | readonly string[] | null | undefined>;

export function parseAddress(hash: string): Address {
  const [path = "", query = ""] = splitOnce(hash.replace(/^#/, ""), "?");
  const segments = path.split("/").filter((segment) => segment !== "");
  return { path: segments.map(decode), query: new URLSearchParams(query) };
}

/** `href(["queues", "/", "orders"])` is `#/queues/%2F/orders`. */
export function href(path: readonly string[], query: Query = {}): string {
  return address(path, written(query));
}

/** The same page with some of its query changed. */
export function withQuery({ path, query }: Address, changes: Query): string {
  const next = new URLSearchParams(query);
  for (const name of Object.keys(changes)) next.delete(name);
  for (const [name, value] of written(changes)) next.append(name, value);
  return address(path, next);
}

/** The vhost of the object that an address names; null where it names none. */
export function vhostOf({ path }: Address): string | null {
  const [section, vhost, name] = path;
  return name !== undefined && ["queues", "exchanges", "hooks"].includes(section!) ? vhost! : null;
}

function address(path: readonly string[], query: URLSearchParams): string {
  const text = query.toString();
  return `#/${path.map(encodeURIComponent).join("/")}${text && `?${text}`}`;
}

function written(query: Query): URLSearchParams {
  const lists = Object.entries(query).map(([name, value]) => [name, Array.isArray(value) ? value : [value]] as const);
  const entries = lists.flatMap(([name, values]) => values.map((value) => [name, value] as const));
  const kept = entries.filter(([, value]) => value !== null && value !== undefined && value !== false && value !== "");
  return new URLSearchParams(kept.map(([name, value]) => [name, String(value)]));
}

function splitOnce(text: string, separator: string): [string, string?] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

/** A segment somebody mistyped by hand is taken as it is. */
function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
