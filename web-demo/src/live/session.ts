// Who is signed in, and the connection that belongs to it. Credentials live in memory only: a reload forgets them.

import { computed, type ReadonlySignal, signal } from "@preact/signals";
import type { Client, ConnectionState } from "/client/index.js";
import { type Account, connectAs, GUEST } from "./account.ts";
import { now } from "./clock.ts";
import { type Link, linkOf } from "./connection.ts";
import { asksForSignIn, type Failure, failureOf } from "./failure.ts";
import { openWorkbench, type Workbench } from "./playground/workbench.ts";
import { Workspace } from "./workspace.ts";

export type Phase =
  | { kind: "starting"; unreachableSince: Date | null }
  | { kind: "sign-in"; notice: Failure | null }
  | { kind: "open"; workspace: Workspace }
  | { kind: "closed"; failure: Failure | null };

const RETRY_MS = 2_000;
const AWAY: Failure = { code: "unreachable", text: "The gateway does not answer. Trying again.", passing: true };

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

  signOut(): void {
    this.#leave({ kind: "sign-in", notice: null });
  }

  async #open(account: Account): Promise<Failure | null> {
    const attempt = ++this.#attempt;
    this.#state.value = "connecting";
    this.#lostAt.value = null;
    let client: Client | null = null;
    try {
      client = await connectAs(account, (state) => {
        if (attempt !== this.#attempt) return;
        if (state === "waiting" && !client) this.#waitForServer();
        this.#handleState(state);
      });
      const workbench = await openWorkbench(account);
      if (attempt === this.#attempt) this.#enter(account, client, workbench);
      else close(client, workbench.client);
      return null;
    } catch (error) {
      if (client) close(client);
      return failureOf(error);
    }
  }

  #enter(account: Account, client: Client, workbench: Workbench): void {
    const attempt = this.#attempt;
    const workspace = new Workspace(account, client, workbench, this.link);
    client.on("error", (error) => {
      if (attempt === this.#attempt) this.#lastError = failureOf(error);
    });
    this.phase.value = { kind: "open", workspace };
    this.#state.value = client.state;
    workspace.start();
  }

  #handleState(state: ConnectionState): void {
    const before = this.#state.peek();
    this.#state.value = state;
    if (before === "connected" && state !== "connected") this.#handleLoss();
    if (before !== "connected" && state === "connected") this.#handleReturn();
    if (state === "closed") queueMicrotask(() => this.#handleClosed());
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

  /** The client gave up by itself, which it does only when trying again is pointless. */
  #handleClosed(): void {
    if (this.phase.peek().kind !== "open" || this.#state.peek() !== "closed") return;
    const failure = this.#lastError;
    const next: Phase =
      failure && asksForSignIn(failure) ? { kind: "sign-in", notice: failure } : { kind: "closed", failure };
    this.#leave(next);
  }

  #leave(next: Phase): void {
    const phase = this.phase.peek();
    this.#attempt += 1;
    this.#lastError = null;
    this.phase.value = next;
    if (phase.kind !== "open") return;
    phase.workspace.close();
  }

  #waitForServer(): void {
    const phase = this.phase.peek();
    if (phase.kind === "starting" && !phase.unreachableSince) {
      this.phase.value = { kind: "starting", unreachableSince: new Date() };
    }
    if (phase.kind === "sign-in") this.phase.value = { kind: "sign-in", notice: { ...AWAY } };
  }

  #link(): Link {
    const phase = this.phase.value;
    if (phase.kind === "sign-in" || phase.kind === "closed") return { kind: phase.kind };
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
    });
  }
}

function close(...clients: Client[]): void {
  for (const client of clients) void client.close().catch(() => undefined); // it may have ended by itself
}
