// A list of rows that follows the gateway, whichever way it is kept up to date: what tables are drawn from.

import type { ReadonlySignal } from "@preact/signals";
import type { Histories } from "./histories.ts";
import type { Named } from "./statistics.ts";

export interface Rows<Row extends Named> {
  /** Names of all rows, in order; a new array only when a row appears or leaves. */
  readonly names: ReadonlySignal<readonly string[]>;
  /** Advances with every complete sample: order by numbers and sparklines follow it. */
  readonly sampled: ReadonlySignal<number>;
  readonly histories: Histories<Row>;
  /** The row as it is now. Read in a component or a computed signal, it follows the row. */
  row(name: string): Row | undefined;
  /** The row as it is now, for code that is not drawn. */
  peek(name: string): Row | undefined;
}

/** What is kept up to date only while somebody looks. */
export interface Retained {
  /** Keeps it up to date until the returned function is called. */
  retain(): () => void;
}
