import type { DebugEvent } from "./debug.js";
import { invalid } from "./error.js";
import type { TokenProvider } from "./token.js";

/**
 * Where a connection stands: `connecting` while a socket is opened and the log-in answered, `connected`, `waiting`
 * before the next attempt, `closed` for good.
 */
export type ConnectionState = "connecting" | "connected" | "waiting" | "closed";

/**
 * How deliveries are settled: `auto` by being sent to you, `client` by an `ack()` that covers all earlier messages of
 * the subscription, `client-individual` each by its own.
 */
export type AckMode = "auto" | "client" | "client-individual";

/** `WebSocket`, or something made like it, such as the class of the npm package `ws`. */
export type WebSocketConstructor = new (url: string, protocols?: string | string[]) => object;

/** How to try again when the connection is lost: each delay is random between 0 and a bound that doubles. */
export interface ReconnectOptions {
  /** The first bound, in milliseconds. Default 250. */
  initialDelay?: number;
  /** The largest bound, in milliseconds. Default 15000. */
  maxDelay?: number;
  /** Failed attempts in a row before giving up. Default: any number. */
  maxAttempts?: number;
  /** Milliseconds without a connection before giving up. Default: never. */
  giveUpAfter?: number;
}

/** Bounds of what is published and not yet confirmed. What is over them is rejected with `outbox-full`. */
export interface OutboxOptions {
  /** Messages. Default 1000. */
  messages?: number;
  /** Octets of their bodies. Default 4 MiB. One message alone may have more. */
  octets?: number;
}

/** Settings of a connection. */
export interface ConnectOptions {
  /** The user's name. */
  login?: string;
  /** The password. */
  passcode?: string;
  /**
   * Gets what is sent as the password, instead of `passcode`: it is asked before each log-in, and again before what it
   * gave expires. The new token is handed to the server, or, where the server does not take it so, a new connection is
   * made with it. When it throws, that is a failed attempt (`token-failed`); when it throws a {@link WharfError} that is
   * not retryable, the client gives up.
   */
  token?: TokenProvider;
  /** What a durable subscription belongs to, besides the user. */
  clientId?: string;
  /** The vhost. Default `/`. */
  host?: string;
  /** The class to make sockets with. Needed in Node 20, which has none of its own: `import { WebSocket } from "ws"`. */
  WebSocket?: WebSocketConstructor;
  /** How often to send and to expect a sign of life, in milliseconds; 0 turns a direction off. Default 10000 each. */
  heartBeat?: { outgoing: number; incoming: number };
  /** Milliseconds that one attempt to connect may take, more than 0. Default 10000. */
  connectTimeout?: number;
  /** How to try again; `false`: not at all. */
  reconnect?: false | ReconnectOptions;
  /** How much may be published and not yet confirmed, whichever bound is reached first: it is kept, to be sent again. */
  maxOutbox?: OutboxOptions;
  /** Hears of every change of state, from the first on. */
  onStateChange?: (state: ConnectionState) => void;
  /** Hears of all that goes over the wire, from the first on: see the event `debug`. */
  debug?: (event: DebugEvent) => void;
  /** Where the WebAssembly module is, if not beside this file: its address, its octets, or the compiled module. */
  wasm?: URL | string | BufferSource | WebAssembly.Module;
}

/** The settings as the module takes them: complete, flat and checked. */
export interface Settings {
  login: string | undefined;
  passcode: string | undefined;
  asksTokens: boolean;
  clientId: string | undefined;
  host: string;
  outgoing: number;
  incoming: number;
  connectTimeout: number;
  reconnect: boolean;
  initialDelay: number;
  maxDelay: number;
  maxAttempts: number | undefined;
  giveUpAfter: number | undefined;
  outboxMessages: number;
  outboxOctets: number;
  dedupPrefix: string;
}

/** Messages that may be published and not yet confirmed: enough to keep a connection busy over a long way. */
const OUTBOX_MESSAGES = 1000;

/** Octets of their bodies: what a page can spare. */
const OUTBOX_OCTETS = 4 * 1024 * 1024;

/** Longest delay that `setTimeout` takes, in milliseconds; a longer one would fire at once. */
export const LONGEST_DELAY = 2 ** 31 - 1;

export function readSettings(options: ConnectOptions): Settings {
  const { reconnect, heartBeat } = options;
  const rule = reconnect === false ? {} : (reconnect ?? {});
  return {
    login: options.login,
    passcode: options.passcode,
    asksTokens: options.token !== undefined,
    clientId: options.clientId,
    host: options.host ?? "/",
    outgoing: duration("heartBeat.outgoing", heartBeat?.outgoing, 10_000),
    incoming: duration("heartBeat.incoming", heartBeat?.incoming, 10_000),
    connectTimeout: longerThanNothing("connectTimeout", options.connectTimeout, 10_000),
    reconnect: reconnect !== false,
    initialDelay: duration("reconnect.initialDelay", rule.initialDelay, 250),
    maxDelay: duration("reconnect.maxDelay", rule.maxDelay, 15_000),
    maxAttempts: count("reconnect.maxAttempts", rule.maxAttempts),
    giveUpAfter: rule.giveUpAfter === undefined ? undefined : duration("reconnect.giveUpAfter", rule.giveUpAfter, 0),
    outboxMessages: count("maxOutbox.messages", options.maxOutbox?.messages) ?? OUTBOX_MESSAGES,
    outboxOctets: count("maxOutbox.octets", options.maxOutbox?.octets) ?? OUTBOX_OCTETS,
    dedupPrefix: randomText(),
  };
}

/** A text that nobody else has. */
export function randomText(): string {
  return Array.from(crypto.getRandomValues(new Uint32Array(3)), (part) => part.toString(36)).join("");
}

export function readUrl(url: string | URL): string {
  let parsed: URL;
  try {
    parsed = new URL(url, globalThis.location?.href);
  } catch {
    throw invalid(`${JSON.stringify(String(url))} is not a URL such as ws://127.0.0.1:8080/ws`);
  }
  // A page may name the gateway as it names everything else.
  if (parsed.protocol === "http:") parsed.protocol = "ws:";
  if (parsed.protocol === "https:") parsed.protocol = "wss:";
  if (parsed.protocol !== "ws:" && parsed.protocol !== "wss:") throw invalid(`a WebSocket URL begins with ws: or wss:, not ${parsed.protocol}`);
  return parsed.href;
}

export function readConstructor(given: WebSocketConstructor | undefined): WebSocketConstructor {
  const constructor = given ?? globalThis.WebSocket;
  if (typeof constructor !== "function") throw invalid('there is no WebSocket here: give one in options.WebSocket (npm package "ws")');
  return constructor;
}

export function duration(name: string, value: number | undefined, fallback: number): number {
  if (value === undefined) return fallback;
  if (!Number.isFinite(value) || value < 0) throw invalid(`${name} must be a number of milliseconds, not ${value}`);
  return value;
}

function longerThanNothing(name: string, value: number | undefined, fallback: number): number {
  if (value === 0) throw invalid(`${name} must be longer than 0 ms: nothing could be done in time`);
  return duration(name, value, fallback);
}

export function count(name: string, value: number | undefined): number | undefined {
  if (value !== undefined && (!Number.isSafeInteger(value) || value < 0 || value > 0xffff_ffff)) {
    throw invalid(`${name} must be a whole number, not ${value}`);
  }
  return value;
}

export function text(name: string, value: string): string {
  if (typeof value !== "string" || value === "") throw invalid(`${name} must be a text such as "/queue/orders"`);
  return value;
}
