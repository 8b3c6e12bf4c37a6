// Who is signed in, and the connection that belongs to it. Credentials live in memory, and in the tab for who asked for that.

import { computed, type ReadonlySignal, signal } from "@preact/signals";
import type { Client, ConnectionState } from "/client/index.js";
import { Api, ApiError, type Credentials } from "../api/http.ts";
import { fetchWhoami, type Whoami } from "../api/whoami.ts";
import { vhostOf } from "../route/address.ts";
import { href, navigate, route } from "../route/route.ts";
import { connectAs } from "./account.ts";
import { now } from "./clock.ts";
import { type Link, linkOf } from "./connection.ts";
import { asksForSignIn, type Failure, failureOf } from "./failure.ts";
import { GUEST, isLoopback } from "./identity/guest.ts";
import { Identity } from "./identity/identity.ts";
import { chooseVhost, rightsOf } from "./identity/rights.ts";
import { forgetCredentials, keepCredentials, keptCredentials, keptVhost, keepVhost } from "./identity/tab-memory.ts";
import { openWorkbench } from "./playground/workbench.ts";
import { toast } from "./toast.ts";
import { Workspace } from "./workspace.ts";

export type Phase =
  | { kind: "starting"; unreachableSince: Date | null }
  | { kind: "sign-in"; notice: Failure | null }
  | { kind: "barred"; name: string; lack: "tag" | "vhost" }
  | { kind: "open"; workspace: Workspace }
  | { kind: "closed"; failure: Failure | null };

const RETRY_MS = 2_000;
/** The gateway ends what has expired by itself; the page says so too if it was not told within this. */
const EXPIRY_GRACE_MS = 5_000;
/** A longer wait would fire at once. */
const LONGEST_WAIT_MS = 2 ** 31 - 1;
const AWAY: Failure = { code: "unreachable", text: "The gateway does not answer. Trying again.", passing: true };
const EXPIRED: Failure = { code: "auth-expired", text: "The token has expired. Sign in with a new one.", passing: false };

export class Session {
  readonly phase = signal<Phase>({ kind: "starting", unreachableSince: null });
  readonly link: ReadonlySignal<Link> = computed(() => this.#link());
  readonly #state = signal<ConnectionState>("connecting");
  readonly #lostAt = signal<Date | null>(null);
  #lastError: Failure | null = null;
  /** How somebody signed in last: who has to do it again does it in the same way. */
  way: Credentials["kind"] = "password";
  /** Raised with every sign-in and sign-out: a connection that is no longer wanted must not change the page. */
  #attempt = 0;
  /** Whether the gateway is being asked if it still knows who is signed in. */
  #asking = false;
  #expiry: ReturnType<typeof setTimeout> | null = null;

  /** Signs in with what the tab keeps, else as guest where guest may be let in, else asks. */
  async start(): Promise<void> {
    const kept = keptCredentials();
    if (!kept && !isLoopback(location.hostname)) return this.#leave({ kind: "sign-in", notice: null });
    const failure = await this.#open(kept ?? GUEST, [keptVhost()]);
    if (!failure) return;
    if (!asksForSignIn(failure)) return this.#leave({ kind: "closed", failure });
    forgetCredentials();
    // That guest is not let in is no error of the person in front of the page.
    this.#leave({ kind: "sign-in", notice: kept ? failure : null });
  }

  /** Resolves with null when signed in, else with the reason. With `stay` a reload of this tab signs in again. */
  async signIn(credentials: Credentials, stay: boolean): Promise<Failure | null> {
    const failure = await this.#open(credentials, [keptVhost()]);
    if (!failure && stay) keepCredentials(credentials);
    return failure;
  }

  signOut(): void {
    forgetCredentials();
    this.#leave({ kind: "sign-in", notice: null });
  }

  /** Tries until the gateway answers. `wished` are vhosts to work in, after the one that the address names. */
  async #open(credentials: Credentials, wished: readonly (string | null)[]): Promise<Failure | null> {
    const attempt = ++this.#attempt;
    this.way = credentials.kind;
    this.#state.value = "connecting";
    this.#lostAt.value = null;
    for (;;) {
      const failure = await this.#try(attempt, credentials, wished);
      if (attempt !== this.#attempt || !failure?.passing) return failure;
      this.#waitForServer(failure);
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      if (attempt !== this.#attempt) return null;
    }
  }

  async #try(attempt: number, credentials: Credentials, wished: readonly (string | null)[]): Promise<Failure | null> {
    try {
      const api = new Api(credentials, () => void this.#handleUnauthorised(attempt));
      const who = await fetchWhoami(api);
      if (attempt !== this.#attempt) return null;
      if (!rightsOf(who.tags).dashboard) return this.#bar(who, "tag");
      const vhost = chooseVhost(who.vhosts, [vhostOf(route.peek()), ...wished]);
      if (vhost === null) return this.#bar(who, "vhost");
      await this.#connect(attempt, credentials, vhost, { api, who });
      return null;
    } catch (error) {
      return failureOf(error);
    }
  }

  async #connect(attempt: number, credentials: Credentials, vhost: string, { api, who }: { api: Api; who: Whoami }): Promise<void> {
    const account = { credentials, vhost };
    let client: Client | null = null;
    try {
      client = await connectAs(account, (state) => {
        if (attempt !== this.#attempt) return;
        if (state === "waiting" && !client) this.#waitForServer();
        this.#handleState(state);
      });
      const workbench = await openWorkbench(account);
      if (attempt !== this.#attempt) return close(client, workbench.client);
      const exits = {
        switchTo: (vhost: string) => void this.#switchTo(credentials, vhost),
        signOut: () => this.signOut(),
      };
      const identity = new Identity(who, api, exits);
      this.#enter(new Workspace({ identity, api, vhost, client, workbench, link: this.link }));
      keepVhost(vhost);
    } catch (error) {
      if (client) close(client);
      throw error;
    }
  }

  #bar({ name, expires }: Whoami, lack: "tag" | "vhost"): null {
    this.phase.value = { kind: "barred", name, lack };
    if (expires !== undefined) this.#endAt(new Date(expires * 1000));
    return null;
  }

  #enter(workspace: Workspace): void {
    const attempt = this.#attempt;
    const { client, identity } = workspace;
    client.on("error", (error) => {
      if (attempt === this.#attempt) this.#lastError = failureOf(error);
    });
    this.phase.value = { kind: "open", workspace };
    this.#state.value = client.state;
    if (identity.expiresAt) this.#endAt(identity.expiresAt);
    workspace.start();
  }

  async #switchTo(credentials: Credentials, vhost: string): Promise<void> {
    const { path } = route.peek();
    const ofAddress = vhostOf(route.peek());
    if (ofAddress !== null && ofAddress !== vhost) navigate(href(path.slice(0, 1))); // its object is not in the other one
    this.#leave({ kind: "starting", unreachableSince: null });
    const failure = await this.#open(credentials, [vhost]);
    if (failure) this.#leave(asksForSignIn(failure) ? { kind: "sign-in", notice: failure } : { kind: "closed", failure });
  }

  #endAt(expiresAt: Date): void {
    const left = expiresAt.getTime() + EXPIRY_GRACE_MS - Date.now();
    if (this.#expiry) clearTimeout(this.#expiry);
    this.#expiry = setTimeout(() => (left > LONGEST_WAIT_MS ? this.#endAt(expiresAt) : this.#end(EXPIRED)), Math.min(left, LONGEST_WAIT_MS));
  }

  #handleState(state: ConnectionState): void {
    const before = this.#state.peek();
    this.#state.value = state;
    if (before === "connected" && state !== "connected") this.#handleLoss();
    if (before !== "connected" && state === "connected") this.#handleReturn();
    if (state === "closed") queueMicrotask(() => void this.#handleClosed());
  }

  #handleLoss(): void {
    const phase = this.phase.peek();
    if (phase.kind !== "open") return;
    this.#lostAt.value = new Date();
    phase.workspace.handleLoss();
  }

  #handleReturn(): void {
    const phase = this.phase.peek();
    if (phase.kind === "open") phase.workspace.handleReturn();
  }

  /**
   * The API answers 401 also where only a tag is missing. What it says of who is signed in tells the two apart: whether
   * the user was deleted, or has another password.
   */
  async #handleUnauthorised(attempt: number): Promise<void> {
    const phase = this.phase.peek();
    if (attempt !== this.#attempt || phase.kind !== "open" || this.#asking) return;
    this.#asking = true;
    try {
      await phase.workspace.identity.refresh();
    } catch (error) {
      if (attempt === this.#attempt && error instanceof ApiError && error.status === 401) this.#end(failureOf(error));
    } finally {
      this.#asking = false;
    }
  }

  /** The client gave up by itself, which it does only when trying again is pointless. */
  async #handleClosed(): Promise<void> {
    const phase = this.phase.peek();
    if (phase.kind !== "open" || this.#state.peek() !== "closed") return;
    const [failure, attempt] = [this.#lastError, this.#attempt];
    if (failure && endsSession(failure)) return this.#end(failure);
    if (await this.#moveIfGone(phase.workspace)) return;
    if (attempt === this.#attempt) this.#leave({ kind: "closed", failure });
  }

  /** The connection also ends when its vhost does, or the right to it: then there may be another to work in. */
  async #moveIfGone({ identity, vhost }: Workspace): Promise<boolean> {
    const attempt = this.#attempt;
    await identity.refresh().catch(() => undefined); // told by what comes next
    const vhosts = identity.vhosts.peek();
    const next = chooseVhost(vhosts, []);
    if (attempt !== this.#attempt || vhosts.includes(vhost) || next === null) return false;
    toast(`The vhost ${vhost} is no longer there for you: this is ${next}.`);
    identity.exits.switchTo(next);
    return true;
  }

  #end(notice: Failure): void {
    forgetCredentials();
    this.#leave({ kind: "sign-in", notice });
  }

  #leave(next: Phase): void {
    const phase = this.phase.peek();
    this.#attempt += 1;
    this.#lastError = null;
    if (this.#expiry) clearTimeout(this.#expiry);
    this.#expiry = null;
    this.phase.value = next;
    if (phase.kind === "open") phase.workspace.close();
  }

  #waitForServer(failure: Failure = AWAY): void {
    const phase = this.phase.peek();
    if (phase.kind === "starting" && !phase.unreachableSince) {
      this.phase.value = { kind: "starting", unreachableSince: new Date() };
    }
    const notice = failure.code === AWAY.code ? { ...AWAY } : { ...failure, text: `${failure.text} Trying again.` };
    if (phase.kind === "sign-in") this.phase.value = { kind: "sign-in", notice };
  }

  #link(): Link {
    const phase = this.phase.value;
    if (phase.kind === "sign-in" || phase.kind === "barred" || phase.kind === "closed") return { kind: phase.kind };
    if (phase.kind === "starting") {
      return phase.unreachableSince
        ? { kind: "reconnecting", since: phase.unreachableSince }
        : { kind: "connecting" };
    }
    const { queues } = phase.workspace;
    return linkOf({
      state: this.#state.value,
      lostAt: this.#lostAt.value,
      updated: queues.updated.value,
      complete: queues.complete.value,
      failed: queues.failure.value !== null,
      now: now.value,
      staleAfter: queues.staleAfter,
    });
  }
}

/** Codes of the gateway that mean the credentials, and nothing that they wanted. */
function endsSession({ code }: Failure): boolean {
  return code === "auth-failed" || code === "auth-expired";
}

function close(...clients: Client[]): void {
  for (const client of clients) void client.close().catch(() => undefined); // it may have ended by itself
}
