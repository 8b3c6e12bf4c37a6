/**
 * `@wharf/client/stompjs`: the client behind the interface of `@stomp/stompjs` 7.
 *
 * @packageDocumentation
 */

export { ActivationState, ReconnectionTimeMode, StompSocketState, TickerStrategy } from "./enums.js";
