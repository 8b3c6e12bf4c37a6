// One way to the management API: Basic credentials on every request, a time limit, and errors with a code.

export interface Credentials {
  user: string;
  password: string;
}

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

export class Api {
  readonly #authorization: string;

  constructor(credentials: Credentials) {
    this.#authorization = `Basic ${base64(`${credentials.user}:${credentials.password}`)}`;
  }

  get(path: string): Promise<Response> {
    return this.#request("GET", path);
  }

  put(path: string, body: object): Promise<Response> {
    return this.#request("PUT", path, body);
  }

  delete(path: string): Promise<Response> {
    return this.#request("DELETE", path);
  }

  async #request(method: string, path: string, body?: object): Promise<Response> {
    const headers = new Headers({ authorization: this.#authorization });
    if (body) headers.set("content-type", "application/json");
    const response = await fetch(path, {
      method,
      headers,
      body: body ? JSON.stringify(body) : null,
      cache: "no-store",
      // The header above is all the authentication there is. With ambient credentials allowed, a 401 would make
      // the browser ask for a password in a dialog of its own.
      credentials: "omit",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (!response.ok) throw await refusal(response);
    return response;
  }
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
