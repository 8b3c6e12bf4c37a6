/** A failure, with a code for programs and a text for people. */
export class WharfError extends Error {
  /**
   * What kind of failure: the server's `x-code` (`auth-failed`, `forbidden`, `not-found`, `bad-destination`,
   * `unroutable`, `unsupported`, `queue-full`, ...), or one of the client's own: `connect-failed`, `connect-timeout`,
   * `connection-lost`, `not-connected`, `closed`, `outbox-full`, `aborted`, `timeout`, `token-failed`, `invalid-body`,
   * `protocol`, `invalid-argument`.
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

export function invalid(message: string): WharfError {
  return new WharfError("invalid-argument", message);
}
