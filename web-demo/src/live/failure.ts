// Whatever went wrong, as a code and a sentence, whether it came from the broker, the API or the network.

import { ApiError } from "../api/http.ts";

export interface Failure {
  code: string;
  text: string;
  /** Trying again may help. */
  passing: boolean;
}

export function failureOf(error: unknown): Failure {
  if (error instanceof ApiError) {
    return { code: error.code, text: error.message, passing: error.status >= 500 };
  }
  if (error instanceof Error && "code" in error && typeof error.code === "string") {
    return { code: error.code, text: error.message, passing: "retryable" in error && error.retryable === true };
  }
  if (error instanceof DOMException && error.name === "TimeoutError") {
    return { code: "timeout", text: "The gateway did not answer in time.", passing: true };
  }
  // fetch and import report an unreachable server as a TypeError, whose text differs from browser to browser.
  if (error instanceof TypeError) {
    return { code: "unreachable", text: `The gateway could not be reached (${error.message}).`, passing: true };
  }
  return { code: "internal", text: error instanceof Error ? error.message : String(error), passing: false };
}

/** Of a form, whose own plain errors tell what was typed wrong. */
export function failureOfForm(error: unknown): Failure {
  if (error instanceof Error && error.constructor === Error) return { code: "form", text: error.message, passing: false };
  return failureOf(error);
}

/** Codes that other credentials, or another vhost, may cure. */
export function asksForSignIn(failure: Failure): boolean {
  return ["auth-failed", "auth-expired", "not_authorised", "forbidden", "not-found"].includes(failure.code);
}
