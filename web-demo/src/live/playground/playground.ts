// The playground as it stands, also while another page is looked at: two forms, and what they brought about.

import { type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { Api } from "../../api/http.ts";
import { href, type Query } from "../../route/address.ts";
import { hasOwnCopies } from "../destinations.ts";
import { Fetched } from "./fetched.ts";
import { httpProtocol } from "./http.ts";
import type { InboxOptions } from "./inbox.ts";
import { INBOX_LIMIT } from "./inboxes.ts";
import type { Protocol } from "./protocol.ts";
import { DEFAULTS, type Field, FIELDS, readOpen, readSetUp, type SetUp, writeSetUp } from "./set-up.ts";
import { stompProtocol } from "./stomp.ts";
import type { Workbench } from "./workbench.ts";

export class Playground {
  readonly fields: Readonly<Record<Field, Signal<string>>>;
  readonly protocols: readonly Protocol[];
  readonly fetched: Fetched;
  /** Subscriptions of a link that would take messages from others: they begin when somebody says so. */
  readonly prepared: ReadonlySignal<readonly InboxOptions[]>;
  readonly #prepared = signal<readonly InboxOptions[]>([]);

  constructor(
    readonly workbench: Workbench,
    api: Api,
    vhost: string,
    origin: string,
  ) {
    const fields = FIELDS.map((name) => [name, signal(DEFAULTS[name])] as const);
    this.fields = Object.fromEntries(fields) as Record<Field, Signal<string>>;
    this.protocols = [stompProtocol(workbench.client, origin), httpProtocol(api, vhost, origin)];
    this.fetched = new Fetched(api, vhost);
    this.prepared = this.#prepared;
  }

  /** Takes over what a link says. What is open already is not opened again. */
  follow(query: URLSearchParams): void {
    for (const [name, value] of Object.entries(readSetUp(query))) this.fields[name as Field].value = value;
    const open = [...this.#open(), ...this.#prepared.peek()].map(identity);
    for (const options of readOpen(query)) {
      const at = open.indexOf(identity(options));
      if (at >= 0) open.splice(at, 1);
      else if (hasOwnCopies(options.destination)) this.subscribe(options);
      else this.#prepared.value = [...this.#prepared.peek(), options];
    }
  }

  /** False when there are as many as there may be. */
  subscribe(options: InboxOptions): boolean {
    const { inboxes } = this.workbench;
    if (inboxes.all.peek().length >= INBOX_LIMIT) return false;
    inboxes.open(options);
    return true;
  }

  begin(options: InboxOptions): void {
    if (this.subscribe(options)) this.dismiss(options);
  }

  dismiss(options: InboxOptions): void {
    this.#prepared.value = this.#prepared.peek().filter((one) => one !== options);
  }

  /** What a link to the playground as it stands says. Read in an effect, it follows every field. */
  query(): Query {
    const setUp = Object.fromEntries(FIELDS.map((name) => [name, this.fields[name].value])) as SetUp;
    return writeSetUp(setUp, [...this.#open(), ...this.#prepared.value]);
  }

  link(): string {
    return href(["playground"], this.query());
  }

  /** In the order in which they began. */
  #open(): InboxOptions[] {
    return this.workbench.inboxes.all.value.map(({ options }) => options).reverse();
  }
}

const identity = ({ destination, ack, prefetch, credit, start }: InboxOptions) => JSON.stringify([destination, ack, prefetch, credit, start]);
