// One way to the management API: credentials on every request, a time limit, and errors with a code.

import { here } from "./base.ts";

/** What proves who somebody is. */
export type Credentials = { kind: "password"; user: string; password: string } | { kind: "token"; token: string };

/** A refusal by the API: the HTTP status, and the `error` and `reason` of its body. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  constructor(
    readonly status: number,
    readonly code: string,
    reason: string,
  ) {
    super(reason);
  }
}

const TIMEOUT_MS = 10_000;

interface RequestOptions {
  body?: object;
  headers?: Record<string, string>;
}

export class Api {
  readonly #authorization: string;
  readonly #onUnauthorised: () => void;

  /** `onUnauthorised` is told of every 401, besides whoever asked. */
  constructor(credentials: Credentials, onUnauthorised: () => void = () => {}) {
    this.#authorization = authorizationOf(credentials);
    this.#onUnauthorised = onUnauthorised;
  }

  get(path: string): Promise<Response> {
    return this.#request("GET", path);
  }

  put(path: string, body: object): Promise<Response> {
    return this.#request("PUT", path, { body });
  }

  post(path: string, body: object): Promise<Response> {
    return this.#request("POST", path, { body });
  }

  delete(path: string, headers: Record<string, string> = {}): Promise<Response> {
    return this.#request("DELETE", path, { headers });
  }

  async #request(method: string, path: string, options: RequestOptions = {}): Promise<Response> {
    const { body } = options;
    const headers = new Headers({ ...options.headers, authorization: this.#authorization });
    if (body) headers.set("content-type", "application/json");
    const response = await fetch(here(path), {
      method,
      headers,
      body: body ? JSON.stringify(body) : null,
      cache: "no-store",
      // The header above is all the authentication there is. With ambient credentials allowed, a 401 would make
      // the browser ask for a password in a dialog of its own.
      credentials: "omit",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (response.ok) return response;
    const error = await refusal(response);
    if (error.status === 401) this.#onUnauthorised();
    throw error;
  }
}

function authorizationOf(credentials: Credentials): string {
  if (credentials.kind === "token") return `Bearer ${credentials.token}`;
  return `Basic ${base64(`${credentials.user}:${credentials.password}`)}`;
}

/** `pathTo("queues", "/", "a b")` is `/api/queues/%2F/a%20b`. */
export function pathTo(...segments: string[]): string {
  return `/api/${segments.map(encodeURIComponent).join("/")}`;
}

/** For answers of which only the status matters: one that is never read counts as a broken request. */
export async function finish(answer: Promise<Response>): Promise<number> {
  const response = await answer;
  await response.text();
  return response.status;
}

/** All rows of a list, and the number of the last statistics message that they contain. */
export async function fetchRows<Row>(api: Api, path: string): Promise<{ rows: Row[]; sequence: number }> {
  const response = await api.get(path);
  const header = response.headers.get("x-wharf-sequence");
  if (header === null || !/^\d+$/.test(header)) {
    throw new Error(`the list ${path} came without its sequence number (x-wharf-sequence)`);
  }
  return { rows: (await response.json()) as Row[], sequence: Number(header) };
}

async function refusal(response: Response): Promise<ApiError> {
  const body: unknown = await response.json().catch(() => null);
  const { error, reason } = (body ?? {}) as { error?: unknown; reason?: unknown };
  return new ApiError(
    response.status,
    typeof error === "string" ? error : `http-${response.status}`,
    typeof reason === "string" ? reason : response.statusText,
  );
}

/** Base64 of the UTF-8 octets; `btoa` alone refuses characters beyond Latin-1. */
function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}
