/**
 * `@wharf/client`: publish and subscribe from a page, a worker or Node, over one WebSocket that keeps itself up.
 *
 * ```js
 * import { connect } from "@wharf/client";
 *
 * const client = await connect("ws://127.0.0.1:8080/ws", { login: "guest", passcode: "guest" });
 * for await (const message of client.subscribe("/topic/greetings")) console.log(message.text);
 * ```
 *
 * @packageDocumentation
 */

export { connect } from "./connect.js";
export { Client } from "./client.js";
export type { BrowseOptions, ClientInfo, EventHandler } from "./client.js";
export type { CloudEvent, CloudEventInit, EventOptions } from "./cloud-event.js";
export type { Death } from "./death.js";
export type { DebugEvent } from "./debug.js";
export { WharfError } from "./error.js";
export { EventMessage } from "./event-message.js";
export type { ClientEvents, Gap } from "./events.js";
export { Message } from "./message.js";
export type { NackOptions } from "./message.js";
export type { Notice } from "./notice.js";
export type { AckMode, ConnectionState, ConnectOptions, OutboxOptions, ReconnectOptions, WebSocketConstructor } from "./options.js";
export type { Confirmation, MessageOptions, PublishBody, PublishOptions } from "./publish.js";
export type { RequestOptions } from "./request.js";
export { Subscription } from "./subscription.js";
export type { StreamOptions, StreamStart } from "./stream.js";
export type { EventSubscription, SubscribeOptions, SubscriptionInfo } from "./subscription.js";
export type { ExpiringToken, TokenProvider } from "./token.js";
export { Transaction } from "./transaction.js";
export type { StandardResult, StandardSchema, Validator } from "./validate.js";
export type { MessageHandler } from "./work.js";
