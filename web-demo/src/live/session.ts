// Who is signed in, and the connection that belongs to it. Credentials live in memory only: a reload forgets them.

import { computed, type ReadonlySignal, signal } from "@preact/signals";
import type { Client, ConnectionState } from "/client/index.js";
import { Api, type Credentials } from "../api/http.ts";
import { now } from "./clock.ts";
import { type Link, linkOf } from "./connection.ts";
import { asksForSignIn, type Failure, failureOf } from "./failure.ts";
import { Feed } from "./feed.ts";
import { Inboxes } from "./inboxes.ts";

export interface Account extends Credentials {
  vhost: string;
}

/** All that a signed-in page works with. */
export interface Workspace {
  account: Account;
  client: Client;
  api: Api;
  feed: Feed;
  inboxes: Inboxes;
}

export type Phase =
  | { kind: "starting"; unreachableSince: Date | null }
  | { kind: "sign-in"; notice: Failure | null }
  | { kind: "open"; workspace: Workspace }
  | { kind: "closed"; failure: Failure | null };

/** Exists on a fresh server, and only for pages opened on the server's own machine. */
const GUEST: Account = { user: "guest", password: "guest", vhost: "/" };
const RETRY_MS = 2_000;

export class Session {
  readonly phase = signal<Phase>({ kind: "starting", unreachableSince: null });
  readonly link: ReadonlySignal<Link> = computed(() => this.#link());
  readonly #state = signal<ConnectionState>("connecting");
  readonly #lostAt = signal<Date | null>(null);
  #lastError: Failure | null = null;
  /** Raised with every sign-in and sign-out: a connection that is no longer wanted must not change the page. */
  #attempt = 0;

  /** Signs in as guest, for as long as it takes to reach the server. */
  async start(): Promise<void> {
    for (;;) {
      const failure = await this.#open(GUEST);
      if (!failure || this.phase.peek().kind !== "starting") return;
      if (asksForSignIn(failure)) {
        // That guest is not let in is no error of the person in front of the page.
        this.phase.value = { kind: "sign-in", notice: null };
        return;
      }
      if (!failure.passing) {
        this.phase.value = { kind: "closed", failure };
        return;
      }
      this.#waitForServer();
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }

  /** Resolves with null when signed in, else with the reason. */
  signIn(account: Account): Promise<Failure | null> {
    return this.#open(account);
  }

  async signOut(): Promise<void> {
    await this.#leave({ kind: "sign-in", notice: null });
  }

  async #open(account: Account): Promise<Failure | null> {
    const attempt = ++this.#attempt;
    this.#state.value = "connecting";
    this.#lostAt.value = null;
    try {
      const client = await this.#connect(account, attempt);
      if (attempt === this.#attempt) this.#enter(account, client, attempt);
      else await client.close();
      return null;
    } catch (error) {
      return failureOf(error);
    }
  }

  async #connect(account: Account, attempt: number): Promise<Client> {
    // Imported here and not at the top, so that a client that cannot be loaded is an error the page can show.
    const { connect } = await import("/client/index.js");
    const url = new URL("/ws", location.href);
    url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    return connect(url, {
      login: account.user,
      passcode: account.password,
      host: account.vhost,
      onStateChange: (state) => {
        if (attempt === this.#attempt) this.#handleState(state);
      },
    });
  }

  #enter(account: Account, client: Client, attempt: number): void {
    const api = new Api(account);
    const feed = new Feed(client, api, account.vhost);
    const workspace = { account, client, api, feed, inboxes: new Inboxes(client) };
    client.on("error", (error) => {
      if (attempt === this.#attempt) this.#lastError = failureOf(error);
    });
    this.phase.value = { kind: "open", workspace };
    this.#state.value = client.state;
    void feed.start();
  }

  #handleState(state: ConnectionState): void {
    const before = this.#state.peek();
    this.#state.value = state;
    if (before === "connected" && state !== "connected") this.#handleLoss();
    if (state === "closed") queueMicrotask(() => this.#handleClosed());
  }

  #handleLoss(): void {
    const phase = this.phase.peek();
    if (phase.kind !== "open") return;
    this.#lostAt.value = new Date();
    phase.workspace.feed.handleLoss();
    phase.workspace.inboxes.handleLoss();
  }

  /** The client gave up by itself, which it does only when trying again is pointless. */
  #handleClosed(): void {
    if (this.phase.peek().kind !== "open" || this.#state.peek() !== "closed") return;
    const failure = this.#lastError;
    const next: Phase =
      failure && asksForSignIn(failure) ? { kind: "sign-in", notice: failure } : { kind: "closed", failure };
    void this.#leave(next);
  }

  async #leave(next: Phase): Promise<void> {
    const phase = this.phase.peek();
    this.#attempt += 1;
    this.#lastError = null;
    this.phase.value = next;
    if (phase.kind !== "open") return;
    phase.workspace.feed.stop();
    await phase.workspace.client.close().catch(() => undefined); // closed already
  }

  #waitForServer(): void {
    const phase = this.phase.peek();
    if (phase.kind === "starting" && !phase.unreachableSince) {
      this.phase.value = { kind: "starting", unreachableSince: new Date() };
    }
  }

  #link(): Link {
    const phase = this.phase.value;
    if (phase.kind === "sign-in" || phase.kind === "closed") return { kind: phase.kind };
    if (phase.kind === "starting") {
      return phase.unreachableSince
        ? { kind: "reconnecting", since: phase.unreachableSince }
        : { kind: "connecting" };
    }
    const { feed } = phase.workspace;
    return linkOf({
      state: this.#state.value,
      lostAt: this.#lostAt.value,
      updated: feed.updated.value,
      complete: feed.complete.value,
      failed: feed.failure.value !== null,
      now: now.value,
    });
  }
}
