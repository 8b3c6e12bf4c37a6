/** Calls what belongs to the page. What it throws is told to the environment, as of any callback, and stops nothing here. */
export function guard(call: () => void): void {
  try {
    call();
  } catch (error) {
    queueMicrotask(() => { throw error; });
  }
}
