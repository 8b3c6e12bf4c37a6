import type { DebugEvent } from "../index.js";
import { make, setText } from "./dom.js";
import { counted, number, preciseHour } from "./format.js";

/** Events that are kept and shown: the last ones. */
const EVENT_LIMIT = 200;

/** Pixels from its end at which a list counts as scrolled to the end. */
const END = 8;

const SIGNS: Record<DebugEvent["kind"], string> = { sent: "↑", received: "↓", state: "●", timer: "◷", socket: "⇄" };

/** The last events of a client, with buttons to hold the list and to empty it. */
export class EventLog {
  readonly element: HTMLElement;
  readonly #pause = make("button", { type: "button", "aria-pressed": "false" }, "Pause");
  readonly #count = make("span", { class: "muted" });
  // Events come by the hundred: to have them all read out would help nobody.
  readonly #list = make("div", { role: "log", "aria-live": "off", "aria-label": "Events", tabindex: "0" });
  /** What came since the list was last written. */
  #waiting: DebugEvent[] = [];
  #isPaused = false;

  constructor() {
    const clear = make("button", { type: "button" }, "Clear");
    clear.addEventListener("click", () => this.clear());
    this.#pause.addEventListener("click", () => this.#setPaused(!this.#isPaused));
    const heading = make("h2", {}, "Events");
    this.element = make("section", {}, make("header", {}, heading, this.#count, this.#pause, clear), this.#list);
  }

  add(event: DebugEvent): void {
    this.#waiting.push(event);
    if (this.#waiting.length > EVENT_LIMIT) this.#waiting.shift();
  }

  /** Writes what came, unless the list is held. */
  show(): void {
    setText(this.#count, this.#isPaused && this.#waiting.length > 0 ? `${number(this.#waiting.length)} new` : "");
    if (this.#isPaused || this.#waiting.length === 0) return;
    const list = this.#list;
    const isAtEnd = list.scrollHeight - list.scrollTop - list.clientHeight < END;
    list.append(...this.#waiting.splice(0).map(makeEntry));
    while (list.childElementCount > EVENT_LIMIT) list.firstElementChild!.remove();
    if (isAtEnd) list.scrollTop = list.scrollHeight; // who reads further up is left there
  }

  clear(): void {
    this.#waiting = [];
    this.#list.replaceChildren();
    this.show();
  }

  #setPaused(isPaused: boolean): void {
    this.#isPaused = isPaused;
    this.#pause.setAttribute("aria-pressed", String(isPaused));
    this.show();
  }
}

/** A line, which opens where there is more to read. */
function makeEntry(event: DebugEvent): HTMLElement {
  const [title, ...headers] = event.text.split("\n");
  const time = make("time", { datetime: new Date(event.time).toISOString() }, preciseHour(event.time));
  const sign = make("span", { class: "sign", title: event.kind, role: "img", "aria-label": event.kind }, SIGNS[event.kind]);
  const line = [time, sign, make("span", { class: "title" }, title ?? ""), make("span", { class: "muted" }, summaryOf(headers, event.octets))];
  if (headers.length === 0) return make("div", { class: "entry", "data-kind": event.kind }, ...line);
  const entry = make("details", { class: "entry", "data-kind": event.kind }, make("summary", {}, ...line), make("pre", {}, headers.join("\n")));
  entry.addEventListener("toggle", () => entry.open && entry.scrollIntoView({ block: "nearest" }));
  return entry;
}

/** What of a frame is most worth knowing: where it goes, or what it answers, and how large its body is. */
function summaryOf(headers: string[], octets: number | undefined): string {
  const value = (name: string) => headers.find((line) => line.startsWith(`${name}:`))?.slice(name.length + 1);
  const subject = value("destination") ?? value("receipt-id") ?? value("message") ?? value("id");
  return [subject, octets ? counted(octets, "octet", "octets") : undefined].filter(Boolean).join(" · ");
}
