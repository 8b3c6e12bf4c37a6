// Who is signed in: name, rights and vhosts, and the ways to work elsewhere or to leave.

import { type ReadonlySignal, signal } from "@preact/signals";
import type { Api } from "../../api/http.ts";
import { fetchWhoami, type Whoami } from "../../api/whoami.ts";
import { type Rights, rightsOf } from "./rights.ts";

export interface Exits {
  /** Works in another vhost, with the same credentials. */
  switchTo(vhost: string): void;
  signOut(): void;
}

export class Identity {
  readonly name: string;
  readonly rights: Rights;
  /** When the credentials end; null: not by themselves. */
  readonly expiresAt: Date | null;
  /** Vhosts that may be worked in, in the order of their names. */
  readonly vhosts: ReadonlySignal<readonly string[]>;
  readonly #vhosts = signal<readonly string[]>([]);
  readonly #api: Api;

  constructor(
    who: Whoami,
    api: Api,
    readonly exits: Exits,
  ) {
    this.name = who.name;
    this.rights = rightsOf(who.tags);
    this.expiresAt = who.expires === undefined ? null : new Date(who.expires * 1000);
    this.vhosts = this.#vhosts;
    this.#vhosts.value = [...who.vhosts].sort();
    this.#api = api;
  }

  /** Reads the vhosts again: one was created or deleted, or a permission changed. */
  async refresh(): Promise<void> {
    const { vhosts } = await fetchWhoami(this.#api);
    this.#vhosts.value = [...vhosts].sort();
  }
}
