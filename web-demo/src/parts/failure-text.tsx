import type { Failure } from "../live/failure.ts";

/** What went wrong, with the code under which it can be looked up. */
export function FailureText({ failure, testId }: { failure: Failure; testId?: string }) {
  return (
    <p class="failure" role="alert" data-testid={testId} data-code={failure.code}>
      <code>{failure.code}</code> {failure.text}
    </p>
  );
}
