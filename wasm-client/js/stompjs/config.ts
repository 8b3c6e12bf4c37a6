import type { ConnectOptions } from "../index.js";
import type { Client } from "./client.js";
import { type ActivationState, ReconnectionTimeMode, TickerStrategy } from "./enums.js";
import type { closeEventCallbackType, debugFnType, emptyCallbackType, frameCallbackType, messageCallbackType, StompHeaders, wsErrorCallbackType } from "./types.js";
import { Versions } from "./versions.js";
import { warn, warnOfHeaders } from "./warning.js";

/** Settings of a {@link Client}, each a property of the same name. Times are in milliseconds. */
export class StompConfig {
  /** Where the gateway is: `ws://127.0.0.1:8080/ws`. */
  declare brokerURL?: string | undefined;
  /** Makes the socket, instead of `brokerURL`. It must be a `WebSocket`, or made like one. */
  declare webSocketFactory?: (() => any) | undefined;
  /** Where the WebAssembly module is, if not beside this file. stompjs has none. */
  declare wasm?: ConnectOptions["wasm"];
  /** Must hold 1.2, which is spoken. */
  declare stompVersions?: Versions;
  /** What one attempt may take; 0, the default: any time. */
  declare connectionTimeout?: number;
  /** Before the next attempt; 0: there is none. Default 5000. */
  declare reconnectDelay?: number;
  /** Most that the delay grows to; 0: without end. Default 15 minutes. */
  declare maxReconnectDelay?: number;
  /** How it grows. Default: not. */
  declare reconnectTimeMode?: ReconnectionTimeMode;
  /** How often the server shall show a sign of life; 0: never. Default 10000. */
  declare heartbeatIncoming?: number;
  /** How often the client shows one; 0: never. Default 10000. */
  declare heartbeatOutgoing?: number;
  /** Has no effect. */
  declare heartbeatToleranceMultiplier?: number;
  /** Has no effect. */
  declare heartbeatStrategy?: TickerStrategy;
  /** Has no effect: the gateway takes frames as they are. */
  declare splitLargeFrames?: boolean;
  /** Has no effect. */
  declare maxWebSocketChunkSize?: number;
  /** It is always so. */
  declare forceBinaryWSFrames?: boolean;
  /** Has no effect. */
  declare appendMissingNULLonIncoming?: boolean;
  /** Has no effect: `debug` is told no bodies and no secrets. */
  declare logRawCommunication?: boolean;
  /** It is always so. */
  declare discardWebsocketOnCommFailure?: boolean;
  /** Of CONNECT: `login`, `passcode`, `host`, `client-id`. */
  declare connectHeaders?: StompHeaders;
  /** Of DISCONNECT: `receipt`. */
  declare disconnectHeaders?: StompHeaders;
  /** Called before each attempt, and waited for. */
  declare beforeConnect?: (client: Client) => void | Promise<void>;
  declare onConnect?: frameCallbackType;
  declare onDisconnect?: frameCallbackType;
  declare onStompError?: frameCallbackType;
  declare onWebSocketClose?: closeEventCallbackType;
  declare onWebSocketError?: wsErrorCallbackType;
  declare onUnhandledMessage?: messageCallbackType;
  declare onUnhandledReceipt?: frameCallbackType;
  /** Never called: a server sends no other frames. */
  declare onUnhandledFrame?: frameCallbackType;
  declare onHeartbeatReceived?: emptyCallbackType;
  /** Never called: the connection is lost then, and `onWebSocketClose` tells. */
  declare onHeartbeatLost?: emptyCallbackType;
  declare onChangeState?: (state: ActivationState) => void;
  /** Hears what the client does. */
  declare debug?: debugFnType;
}

/** Longest time that can be waited for, where stompjs waits for ever. */
const LONGEST = 2 ** 31 - 1;

/**
 * What may be published and not yet confirmed. stompjs knows no bound, and pages do not wait for confirmations; this is
 * what a page may be expected to hold. What is over it is told to `onStompError`, with `outbox-full`.
 */
const OUTBOX = { messages: 100_000, octets: 256 * 1024 * 1024 };

/** What the client is told of the settings. Tells once of each that has no effect. */
export function connectOptions(config: Client): ConnectOptions {
  warnOfSettings(config);
  const { login, passcode, host, "client-id": clientId, "accept-version": _version, "heart-beat": _beat, "x-soft-errors": _soft, ...rest } = config.connectHeaders;
  warnOfHeaders("CONNECT", rest);
  return {
    ...(login !== undefined && { login }),
    ...(passcode !== undefined && { passcode }),
    ...(host !== undefined && { host }),
    ...(clientId !== undefined && { clientId }),
    ...(config.wasm !== undefined && { wasm: config.wasm }),
    heartBeat: { outgoing: config.heartbeatOutgoing, incoming: config.heartbeatIncoming },
    connectTimeout: config.connectionTimeout || LONGEST,
    maxOutbox: OUTBOX,
    reconnect: false, // stompjs's own rule is another, and asks `beforeConnect` each time
  };
}

/** Throws if the versions that are wanted cannot be had. */
export function checkVersions({ versions }: Versions): void {
  if (!versions.includes(Versions.V1_2)) throw new Error(`this client speaks STOMP 1.2, and not ${versions.join(", ")}: leave stompVersions out`);
}

/** The delay after this one. */
export function nextDelay(delay: number, { reconnectTimeMode, maxReconnectDelay }: Client): number {
  if (reconnectTimeMode !== ReconnectionTimeMode.EXPONENTIAL) return delay;
  return Math.min(delay * 2, maxReconnectDelay || LONGEST, LONGEST);
}

function warnOfSettings(config: Client): void {
  if (config.heartbeatToleranceMultiplier !== 2) warn("heartbeatToleranceMultiplier", "a server may be late by as much as the client says");
  if (config.heartbeatStrategy === TickerStrategy.Worker) warn("heartbeatStrategy", "when the page comes back the client looks at once whether its connection lives");
  if (config.splitLargeFrames) warn("splitLargeFrames", "the gateway takes frames as they are");
  if (config.appendMissingNULLonIncoming) warn("appendMissingNULLonIncoming", "frames come as octets, of which none is lost");
  if (config.logRawCommunication) warn("logRawCommunication", "debug is told no bodies and no secrets");
}
