// Where the page is, as a signal that follows the address bar, and the ways to go elsewhere.

import { computed, type ReadonlySignal, signal } from "@preact/signals";
import { type Address, parseAddress, type Query, withQuery } from "./address.ts";

export { href } from "./address.ts";

const current = signal<Address>(parseAddress(location.hash));

/** Where the page is. */
export const route: ReadonlySignal<Address> = current;

/** The path alone, in one string: changes with the page, not with its query. */
export const routePath: ReadonlySignal<string> = computed(() => current.value.path.map(encodeURIComponent).join("/"));

addEventListener("hashchange", follow);
addEventListener("popstate", follow);

/** Goes to an address that `href` made. With `replace` the way back skips where the page is now. */
export function navigate(to: string, { replace = false } = {}): void {
  if (to === location.hash) return;
  if (replace) history.replaceState(null, "", to);
  else history.pushState(null, "", to);
  follow();
}

/** A value of this page's query; "" when it is not there. Read in a component, it follows the address. */
export function queryValue(name: string): string {
  return current.value.query.get(name) ?? "";
}

/** Writes what the page shows into its address, without a step in the history: a link to it shows the same. */
export function setQuery(changes: Query): void {
  navigate(withQuery(current.peek(), changes), { replace: true });
}

function follow(): void {
  current.value = parseAddress(location.hash);
}
