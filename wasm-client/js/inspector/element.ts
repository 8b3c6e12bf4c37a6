import type { Client } from "../index.js";
import { make, setText } from "./dom.js";
import { EventLog } from "./event-log.js";
import { Facts } from "./facts.js";
import { address } from "./format.js";
import { style } from "./style.js";
import { SubscriptionTable } from "./subscription-table.js";

/** Milliseconds between two looks at the client: often enough for a countdown, and seldom enough to cost nothing. */
const REFRESH_INTERVAL = 200;

/** Where pages are written by a server there are no elements; the import is to do no harm there. */
const Base = globalThis.HTMLElement ?? (class {} as typeof HTMLElement);

/**
 * Shows what a client does: its state, its outbox, its subscriptions, and what goes over the wire. It listens to the
 * client's event `debug`, which costs something, only while it is in the page and not folded.
 */
export class WharfInspector extends Base {
  readonly #state = make("span", { class: "state", "data-state": "" });
  readonly #url = make("span", { class: "url" });
  readonly #facts = new Facts();
  readonly #subscriptions = new SubscriptionTable();
  readonly #log = new EventLog();
  readonly #fold = make("details", { class: "inspector", open: "" }, make("summary", {}, this.#state, this.#url));
  #client: Client | undefined;
  #stop: (() => void)[] = [];

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [style()];
    this.#fold.append(this.#facts.element, this.#subscriptions.element, this.#log.element);
    this.#fold.addEventListener("toggle", () => this.#listen());
    root.append(this.#fold);
  }

  /** The client that is shown. */
  get client(): Client | undefined {
    return this.#client;
  }

  set client(client: Client | undefined) {
    if (client === this.#client) return;
    this.#client = client;
    this.#log.clear();
    this.#listen();
  }

  connectedCallback(): void {
    this.#adopt();
    this.#listen();
  }

  disconnectedCallback(): void {
    this.#unlisten();
  }

  /** A client that was given before the element was known is a property of its own, which hides the one of the class. */
  #adopt(): void {
    if (!Object.hasOwn(this, "client")) return;
    const { client } = this;
    Reflect.deleteProperty(this, "client");
    this.client = client;
  }

  /** Hears and sees what is wanted now. */
  #listen(): void {
    this.#unlisten();
    this.#show();
    const client = this.#client;
    if (!client || !this.isConnected) return;
    this.#stop.push(client.on("state", () => this.#show()));
    if (!this.#fold.open) return;
    this.#stop.push(client.on("debug", (event) => this.#log.add(event)));
    const timer = setInterval(() => this.#show(), REFRESH_INTERVAL);
    this.#stop.push(() => clearInterval(timer));
  }

  #unlisten(): void {
    for (const stop of this.#stop.splice(0)) stop();
  }

  #show(): void {
    const info = this.#client?.inspect();
    this.#state.dataset["state"] = info?.state ?? "";
    setText(this.#state, info?.state ?? "no client");
    setText(this.#url, info ? address(info.url) : "set the property client");
    for (const part of [this.#facts, this.#subscriptions, this.#log]) part.element.hidden = !info;
    if (!info) return;
    this.#facts.show(info);
    this.#subscriptions.show(info.subscriptions);
    this.#log.show();
  }
}
