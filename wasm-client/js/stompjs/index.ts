/**
 * `@wharf/client/stompjs`: the client behind the interface of `@stomp/stompjs` 7. Change the import, and the page goes on.
 *
 * @packageDocumentation
 */

export { Client } from "./client.js";
export { StompConfig } from "./config.js";
export { ActivationState, ReconnectionTimeMode, StompSocketState, TickerStrategy } from "./enums.js";
export type * from "./types.js";
export { Versions } from "./versions.js";
