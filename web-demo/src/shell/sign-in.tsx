import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Failure } from "../live/failure.ts";
import type { Session } from "../live/session.ts";
import { FailureText } from "../parts/failure-text.tsx";

export function SignIn({ session, notice }: { session: Session; notice: Failure | null }) {
  const failure = useSignal(notice);
  const busy = useSignal(false);
  const first = useRef<HTMLInputElement>(null);
  useEffect(() => first.current?.focus(), []);
  useEffect(() => {
    failure.value = notice; // it may come while the attempt goes on
  }, [notice]);

  async function signIn(form: FormData): Promise<void> {
    const text = (name: string) => String(form.get(name) ?? "");
    busy.value = true;
    failure.value = null;
    failure.value = await session.signIn({
      user: text("user"),
      password: text("password"),
      vhost: text("vhost"),
    });
    busy.value = false;
  }

  return (
    <section class="panel narrow" aria-labelledby="sign-in-title">
      <h1 id="sign-in-title">Sign in</h1>
      <form
        class="stack"
        data-testid="sign-in-form"
        onSubmit={(event) => {
          event.preventDefault();
          void signIn(new FormData(event.currentTarget));
        }}
      >
        <label class="field">
          <span>User</span>
          <input
            ref={first}
            name="user"
            required
            autocomplete="username"
            autocapitalize="none"
            data-testid="sign-in-user"
          />
        </label>
        <label class="field">
          <span>Password</span>
          <input
            name="password"
            type="password"
            required
            autocomplete="current-password"
            data-testid="sign-in-password"
          />
        </label>
        <label class="field">
          <span>vhost</span>
          <input
            name="vhost"
            required
            defaultValue="/"
            autocapitalize="none"
            spellcheck={false}
            data-testid="sign-in-vhost"
          />
        </label>
        <div class="actions">
          <button type="submit" class="primary" data-testid="sign-in-submit" disabled={busy}>
            {busy.value ? "Signing in" : "Sign in"}
          </button>
        </div>
        {failure.value && <FailureText failure={failure.value} testId="sign-in-error" />}
      </form>
      <p class="muted">
        The password is kept in the memory of this page and forgotten when the page is closed or loaded again.
      </p>
    </section>
  );
}
