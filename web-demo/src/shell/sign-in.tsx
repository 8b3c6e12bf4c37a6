// The way in: with a password, or with a token.

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Credentials } from "../api/http.ts";
import type { Failure } from "../live/failure.ts";
import type { Session } from "../live/session.ts";
import { type Tab, Tabs } from "../parts/tabs.tsx";

type Way = Credentials["kind"];

const WAYS: readonly (Tab & { name: Way })[] = [
  { name: "password", label: "Password" },
  { name: "token", label: "Token" },
];

export function SignIn({ session, notice }: { session: Session; notice: Failure | null }) {
  const failure = useSignal(notice);
  const busy = useSignal(false);
  const way = useSignal<Way>(session.way);
  useEffect(() => {
    failure.value = notice; // it may come while the attempt goes on
  }, [notice]);

  async function signIn(form: HTMLFormElement): Promise<void> {
    const given = new FormData(form);
    const credentials = readCredentials(way.peek(), (name) => String(given.get(name) ?? ""));
    busy.value = true;
    failure.value = null;
    failure.value = await session.signIn(credentials, given.has("stay"));
    busy.value = false;
    if (failure.value) form.querySelector<HTMLInputElement>("input[type=password]")?.select(); // what is to be typed anew
  }

  return (
    <section class="panel narrow" aria-labelledby="sign-in-title">
      <h1 id="sign-in-title">Sign in</h1>
      <form
        class="stack"
        data-testid="sign-in-form"
        onSubmit={(event) => {
          event.preventDefault();
          if (!busy.peek()) void signIn(event.currentTarget);
        }}
      >
        <Tabs label="Sign in with" tabs={WAYS} current={way.value} onChoose={(name) => (way.value = name as Way)}>
          <div class="stack ways">{way.value === "password" ? <PasswordFields /> : <TokenField />}</div>
        </Tabs>
        <label class="check noted">
          <input type="checkbox" name="stay" data-testid="sign-in-stay" aria-describedby="sign-in-stay-note" />
          <span>
            Stay signed in on this tab
            <small id="sign-in-stay-note">
              It is then kept until the tab is closed. Otherwise it is forgotten when the page is loaded again.
            </small>
          </span>
        </label>
        {failure.value && <Refusal failure={failure.value} />}
        <div class="actions">
          <button type="submit" class="primary wide" data-testid="sign-in-submit" disabled={busy}>
            {busy.value ? "Signing in" : "Sign in"}
          </button>
        </div>
      </form>
    </section>
  );
}

/** In words alone: who signs in has no use for a code. */
function Refusal({ failure }: { failure: Failure }) {
  return (
    <p class="failure" role="alert" data-testid="sign-in-error" data-code={failure.code}>
      {failure.text}
    </p>
  );
}

function readCredentials(way: Way, given: (name: string) => string): Credentials {
  if (way === "token") return { kind: "token", token: given("token").trim().replace(/^bearer\s+/i, "") };
  return { kind: "password", user: given("user"), password: given("password") };
}

/** The first field takes the focus when the page comes, but not from somebody who goes from tab to tab with the arrows. */
function useFirstField() {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (document.activeElement?.getAttribute("role") !== "tab") field.current?.focus();
  }, []);
  return field;
}

function PasswordFields() {
  const first = useFirstField();
  return (
    <>
      <label class="field">
        <span>User</span>
        <input
          ref={first}
          name="user"
          required
          autocomplete="username"
          autocapitalize="none"
          spellcheck={false}
          data-testid="sign-in-user"
        />
      </label>
      <label class="field">
        <span>Password</span>
        <input name="password" type="password" required autocomplete="current-password" data-testid="sign-in-password" />
      </label>
    </>
  );
}

/** One line and hidden like a password: who sees a token may use it. */
function TokenField() {
  const first = useFirstField();
  return (
    <label class="field">
      <span>Token</span>
      <input
        ref={first}
        name="token"
        type="password"
        required
        autocomplete="off"
        spellcheck={false}
        aria-describedby="sign-in-token-note"
        data-testid="sign-in-token"
      />
      <small id="sign-in-token-note">
        A JWT of your identity provider, or of <code>wharf token</code>. It says itself who you are, and until when.
      </small>
    </label>
  );
}
