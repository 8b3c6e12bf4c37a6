import type { SubscriptionInfo } from "../index.js";
import { make, setText } from "./dom.js";
import { number } from "./format.js";

/** Subscriptions that are shown; a page with more is told how many there are. */
const ROW_LIMIT = 100;

const COLUMNS: Record<string, (info: SubscriptionInfo) => string> = {
  Destination: ({ destination }) => destination,
  Ack: ({ ack }) => ack,
  Received: ({ received }) => number(received),
  Unsettled: ({ unsettled }) => number(unsettled),
  Waiting: ({ waiting }) => number(waiting),
  Ready: ({ isReady }) => (isReady ? "yes" : "no"),
};

const COUNTS = ["Received", "Unsettled", "Waiting"];

/** The subscriptions of a client, as a table. */
export class SubscriptionTable {
  readonly element: HTMLElement;
  readonly #caption = make("caption");
  readonly #head = make("thead");
  readonly #body = make("tbody");
  readonly #rows = new Map<number, HTMLTableRowElement>();

  constructor() {
    const heads = Object.keys(COLUMNS).map((name) => make("th", { scope: "col", ...classOf(name) }, name));
    this.#head.append(make("tr", {}, ...heads));
    const table = make("table", {}, this.#caption, this.#head, this.#body);
    // Wider than the window it scrolls, which a keyboard must be able to do, too.
    this.element = make("div", { class: "scroll", role: "region", tabindex: "0", "aria-label": "Subscriptions" }, table);
  }

  show(subscriptions: SubscriptionInfo[]): void {
    const shown = subscriptions.slice(0, ROW_LIMIT);
    const hidden = subscriptions.length - shown.length;
    setText(this.#caption, captionOf(subscriptions.length, hidden));
    this.#head.hidden = subscriptions.length === 0;
    this.#removeAllBut(new Set(shown.map(({ number: id }) => id)));
    for (const info of shown) this.#showRow(info);
  }

  #removeAllBut(numbers: Set<number>): void {
    for (const [id, row] of this.#rows) {
      if (numbers.has(id)) continue;
      row.remove();
      this.#rows.delete(id);
    }
  }

  #showRow(info: SubscriptionInfo): void {
    let row = this.#rows.get(info.number);
    if (!row) {
      row = makeRow();
      this.#rows.set(info.number, row);
      this.#body.append(row);
    }
    for (const [index, read] of Object.values(COLUMNS).entries()) setText(row.cells[index]!, read(info));
    row.classList.toggle("away", !info.isReady);
  }
}

function makeRow(): HTMLTableRowElement {
  const [first, ...others] = Object.keys(COLUMNS);
  return make("tr", {}, make("th", { scope: "row", ...classOf(first!) }), ...others.map((name) => make("td", classOf(name))));
}

function captionOf(all: number, hidden: number): string {
  if (all === 0) return "No subscriptions";
  return hidden > 0 ? `Subscriptions: the first ${ROW_LIMIT} of ${number(all)}` : `Subscriptions: ${number(all)}`;
}

function classOf(column: string): Record<string, string> {
  return COUNTS.includes(column) ? { class: "count" } : {};
}
