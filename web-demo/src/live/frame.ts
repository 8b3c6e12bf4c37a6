// One piece of work for the next frame, however often it is asked for.

export class Frame {
  readonly #work: () => void;
  #requested = false;

  constructor(work: () => void) {
    this.#work = work;
  }

  /** A page in the background has no frames: what is asked for there is done when it is seen again. */
  request(): void {
    if (this.#requested) return;
    this.#requested = true;
    requestAnimationFrame(() => {
      this.#requested = false;
      this.#work();
    });
  }
}
