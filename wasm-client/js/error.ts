/** A failure, with a code for programs and a text for people. */
export class WharfError extends Error {
  /**
   * What kind of failure: the server's `x-code` (`auth-failed`, `forbidden`, `not-found`, `bad-destination`,
   * `unroutable`, `unsupported`, `queue-full`, ...), or one of the client's own: `connect-failed`, `connect-timeout`,
   * `connection-lost`, `not-connected`, `closed`, `outbox-full`, `aborted`, `timeout`, `protocol`, `invalid-argument`.
   */
  readonly code: string;

  /** Whether the same may succeed later, without a change. */
  readonly retryable: boolean;

  constructor(code: string, message: string, retryable = false) {
    super(message);
    this.name = "WharfError";
    this.code = code;
    this.retryable = retryable;
  }
}

/** Codes of what the module throws that may succeed later. */
const RETRYABLE = ["outbox-full", "not-connected", "connection-lost"];

/** What the module threw, `CODE: MESSAGE`, as an error. */
export function asWharfError(thrown: unknown): unknown {
  const parts = typeof thrown === "string" ? /^([a-z-]+): (.*)$/s.exec(thrown) : null;
  return parts ? new WharfError(parts[1]!, parts[2]!, RETRYABLE.includes(parts[1]!)) : thrown;
}

export function invalid(message: string): WharfError {
  return new WharfError("invalid-argument", message);
}
