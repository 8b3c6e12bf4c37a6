import { WharfError } from "./error.js";
import { duration, LONGEST_DELAY } from "./options.js";

/** How long somebody is willing to wait. */
export interface Limits {
  /** Milliseconds, after which the promise is rejected with `timeout`. 0: for ever. */
  timeout?: number | undefined;
  /** Gives it up: the promise is rejected with the signal's reason. */
  signal?: AbortSignal | undefined;
}

/**
 * Calls `giveUp` when the time is over or the signal aborts, unless `settled` is settled before. `what` completes the
 * message "no ... within 5 ms".
 */
export function limit(settled: Promise<unknown>, { timeout = 0, signal }: Limits, what: string, giveUp: (reason: unknown, isLate: boolean) => void): void {
  if (!timeout && !signal) return;
  const over = new AbortController();
  const late = () => giveUp(new WharfError("timeout", `no ${what} within ${timeout} ms`, true), true);
  const timer = timeout > 0 ? setTimeout(late, Math.min(timeout, LONGEST_DELAY)) : undefined;
  signal?.addEventListener("abort", () => giveUp(signal.reason, false), { signal: over.signal });
  const forget = () => {
    clearTimeout(timer);
    over.abort();
  };
  settled.then(forget, forget);
}

/** Checks them before anything is done. Throws the signal's reason when it is aborted already. */
export function checkLimits({ timeout, signal }: Limits): void {
  duration("timeout", timeout, 0);
  signal?.throwIfAborted();
}
