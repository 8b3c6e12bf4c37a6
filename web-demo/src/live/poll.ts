// What the gateway does not push: asked for again and again while somebody looks at it and the page is visible.

import { type ReadonlySignal, signal } from "@preact/signals";
import { type Failure, failureOf } from "./failure.ts";
import type { Retained } from "./rows.ts";

/** From an answer to the next question. */
export const POLL_MS = 2_000;
/** After a refusal that asking again will hardly change. */
const REFUSED_MS = 10_000;
/** An answer that is older than this is not called live: two were missed. */
export const STALE_AFTER_MS = 3 * POLL_MS;

export interface Updated {
  /** On the page's clock. */
  tick: number;
  at: Date;
}

/** Whether what was read last can still be called live. */
export function isFresh(updated: Updated | null, failed: boolean, now: number): boolean {
  return updated !== null && !failed && now - updated.tick <= STALE_AFTER_MS;
}

export class Poll<T> implements Retained {
  readonly #value = signal<T | null>(null);
  readonly #failure = signal<Failure | null>(null);
  readonly #updated = signal<Updated | null>(null);
  /** What was read last; null before the first answer. */
  readonly value: ReadonlySignal<T | null> = this.#value;
  /** Why the last question was not answered; null when it was. */
  readonly failure: ReadonlySignal<Failure | null> = this.#failure;
  readonly updated: ReadonlySignal<Updated | null> = this.#updated;

  readonly #load: () => Promise<T>;
  readonly #accept: (value: T) => void;
  #watchers = 0;
  /** Only the newest question counts: an earlier one may have been asked before something was changed. */
  #newest = 0;
  #timer: ReturnType<typeof setTimeout> | null = null;

  /** `accept` is called with every answer, before anybody is told. */
  constructor(load: () => Promise<T>, accept: (value: T) => void = () => {}) {
    this.#load = load;
    this.#accept = accept;
  }

  retain(): () => void {
    this.#watchers += 1;
    if (this.#watchers === 1) this.#begin();
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#watchers -= 1;
      if (this.#watchers === 0) this.stop();
    };
  }

  /** Asks now. Resolves when it is answered, well or not. */
  async refresh(): Promise<void> {
    const number = ++this.#newest;
    this.#wait(null);
    try {
      const value = await this.#load();
      if (number !== this.#newest) return;
      this.#accept(value);
      this.#value.value = value;
      this.#failure.value = null;
      this.#updated.value = { tick: performance.now(), at: new Date() };
      this.#wait(POLL_MS);
    } catch (error) {
      if (number !== this.#newest) return;
      const failure = failureOf(error);
      this.#failure.value = failure;
      this.#wait(failure.passing ? POLL_MS : REFUSED_MS);
    }
  }

  stop(): void {
    this.#newest += 1;
    this.#wait(null);
    document.removeEventListener("visibilitychange", this.#handleVisibility);
  }

  #begin(): void {
    document.addEventListener("visibilitychange", this.#handleVisibility);
    void this.refresh();
  }

  #wait(milliseconds: number | null): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (milliseconds === null || this.#watchers === 0) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      if (!document.hidden) void this.refresh();
    }, milliseconds);
  }

  /** Nobody sees a hidden page; what it shows must be right soon after it is seen again. */
  #handleVisibility = (): void => {
    if (!document.hidden && this.#timer === null) void this.refresh();
  };
}
