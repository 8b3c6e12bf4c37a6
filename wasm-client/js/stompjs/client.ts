import type { ConnectOptions, DebugEvent } from "../index.js";
import { checkVersions, connectOptions, nextDelay, type StompConfig } from "./config.js";
import { ActivationState, ReconnectionTimeMode, TickerStrategy } from "./enums.js";
import { Link, type LinkHandlers } from "./link.js";
import type { Session } from "./session.js";
import type { closeEventCallbackType, debugFnType, emptyCallbackType, frameCallbackType, IPublishParams, IStompSocket, ITransaction, messageCallbackType, SocketCloseEvent, StompHeaders, StompSubscription, wsErrorCallbackType } from "./types.js";
import { Versions } from "./versions.js";

const noOp = () => {};

/** What stands for an address when the page makes its sockets itself. */
const NOWHERE = "ws://localhost/";

/** A client as stompjs has it. Settings may be changed at any time; most count from the next attempt on. */
export class Client {
  brokerURL: string | undefined;
  webSocketFactory: (() => IStompSocket) | undefined;
  wasm: ConnectOptions["wasm"];
  stompVersions = Versions.default;
  connectionTimeout = 0;
  reconnectDelay = 5_000;
  maxReconnectDelay = 15 * 60 * 1_000;
  reconnectTimeMode: ReconnectionTimeMode = ReconnectionTimeMode.LINEAR;
  heartbeatIncoming = 10_000;
  heartbeatOutgoing = 10_000;
  heartbeatToleranceMultiplier = 2;
  heartbeatStrategy: TickerStrategy = TickerStrategy.Interval;
  splitLargeFrames = false;
  maxWebSocketChunkSize = 8 * 1024;
  forceBinaryWSFrames = false;
  appendMissingNULLonIncoming = false;
  logRawCommunication = false;
  discardWebsocketOnCommFailure = false;
  connectHeaders: StompHeaders = {};
  disconnectHeaders: StompHeaders = {};

  beforeConnect: (client: Client) => void | Promise<void> = noOp;
  onConnect: frameCallbackType = noOp;
  onDisconnect: frameCallbackType = noOp;
  onStompError: frameCallbackType = noOp;
  onWebSocketClose: closeEventCallbackType = noOp;
  onWebSocketError: wsErrorCallbackType = noOp;
  onUnhandledMessage: messageCallbackType = noOp;
  onUnhandledReceipt: frameCallbackType = noOp;
  onUnhandledFrame: frameCallbackType = noOp;
  onHeartbeatLost: emptyCallbackType = noOp;
  onChangeState: (state: ActivationState) => void = noOp;

  /** Whether a connection is wanted. */
  state: ActivationState = ActivationState.INACTIVE;

  #debug: debugFnType = noOp;
  #onHeartbeatReceived: emptyCallbackType = noOp;
  /** What it shall be once it is deactivated. */
  #wanted: ActivationState = ActivationState.INACTIVE;
  #link: Link | undefined;
  #delay = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(config: StompConfig = {}) {
    this.configure(config);
  }

  /** Changes settings. */
  configure(config: StompConfig): void {
    Object.assign(this, config);
    if (this.maxReconnectDelay > 0) this.maxReconnectDelay = Math.max(this.maxReconnectDelay, this.reconnectDelay);
  }

  get debug(): debugFnType {
    return this.#debug;
  }

  set debug(listener: debugFnType) {
    this.#debug = listener;
    this.#link?.watchDebug();
  }

  get onHeartbeatReceived(): emptyCallbackType {
    return this.#onHeartbeatReceived;
  }

  set onHeartbeatReceived(listener: emptyCallbackType) {
    this.#onHeartbeatReceived = listener;
    this.#link?.watchDebug();
  }

  get active(): boolean {
    return this.state === ActivationState.ACTIVE;
  }

  get connected(): boolean {
    return this.#link?.session !== undefined;
  }

  get connectedVersion(): string | undefined {
    return this.#link?.connected?.headers["version"];
  }

  get webSocket(): IStompSocket | undefined {
    return this.#link?.socket;
  }

  /** Connects, and again whenever the connection is lost, until {@link Client.deactivate}. */
  activate(): void {
    checkVersions(this.stompVersions);
    this.#wanted = ActivationState.ACTIVE;
    if (this.state === ActivationState.INACTIVE) this.#begin();
  }

  /** Ends the connection, at once with `force`; resolved when it has ended. */
  async deactivate({ force = false }: { force?: boolean } = {}): Promise<void> {
    this.#wanted = ActivationState.INACTIVE;
    if (this.state === ActivationState.INACTIVE) return;
    this.#enter(ActivationState.DEACTIVATING);
    clearTimeout(this.#timer);
    const link = this.#link;
    if (!link) return this.#enter(ActivationState.INACTIVE);
    if (force) link.discard();
    else link.close(this.disconnectHeaders);
    await link.ended;
  }

  /** Loses the connection, as the network might. */
  forceDisconnect(): void {
    this.#link?.drop();
  }

  publish(params: IPublishParams): void {
    this.#session().publish(params);
  }

  subscribe(destination: string, callback: messageCallbackType, headers: StompHeaders = {}): StompSubscription {
    return this.#session().subscribe(destination, callback, headers);
  }

  unsubscribe(id: string, headers: StompHeaders = {}): void {
    this.#session().unsubscribe(id, headers);
  }

  watchForReceipt(receiptId: string, callback: frameCallbackType): void {
    this.#session().watchForReceipt(receiptId, callback);
  }

  begin(transactionId?: string): ITransaction {
    return this.#session().begin(transactionId);
  }

  commit(transactionId: string): void {
    this.#session().endTransaction(transactionId, true);
  }

  abort(transactionId: string): void {
    this.#session().endTransaction(transactionId, false);
  }

  /** Accepts the message with this header `ack`. */
  ack(messageId: string, subscriptionId: string, headers: StompHeaders = {}): void {
    this.#session().settle(messageId, subscriptionId, false, headers);
  }

  nack(messageId: string, subscriptionId: string, headers: StompHeaders = {}): void {
    this.#session().settle(messageId, subscriptionId, true, headers);
  }

  #session(): Session {
    const session = this.#link?.session;
    if (!session) throw new TypeError("There is no underlying STOMP connection");
    return session;
  }

  #enter(state: ActivationState): void {
    this.state = state;
    this.onChangeState(state);
  }

  #begin(): void {
    this.#enter(ActivationState.ACTIVE);
    this.#delay = this.reconnectDelay;
    void this.#connect();
  }

  async #connect(): Promise<void> {
    await this.beforeConnect(this);
    if (this.#link || !this.active) return;
    this.#debug("Opening Web Socket...");
    const { brokerURL, webSocketFactory } = this;
    if (!brokerURL && !webSocketFactory) throw new Error("Either brokerURL or webSocketFactory must be provided");
    const makeSocket = (url: string, protocols: string[]) => webSocketFactory?.() ?? (new WebSocket(url, protocols) as unknown as IStompSocket);
    const link = new Link({ url: brokerURL ?? NOWHERE, makeSocket, options: connectOptions(this) }, this.#handlers());
    this.#link = link;
    await link.open().catch((error: unknown) => {
      this.#link = undefined;
      throw error;
    });
  }

  #handlers(): LinkHandlers {
    return {
      handleConnected: (frame) => {
        this.#delay = this.reconnectDelay;
        this.onConnect(frame);
      },
      handleDisconnected: (frame) => this.onDisconnect(frame),
      handleClosed: (event) => this.#handleClosed(event),
      handleSocketError: (event) => this.onWebSocketError(event),
      handleError: (frame) => this.onStompError(frame),
      handleUnhandledMessage: (message) => this.onUnhandledMessage(message),
      handleUnhandledReceipt: (frame) => this.onUnhandledReceipt(frame),
      handleDebug: (event) => this.#handleDebug(event),
      wantsDebug: () => this.#debug !== noOp || this.#onHeartbeatReceived !== noOp,
    };
  }

  #handleClosed(event: SocketCloseEvent): void {
    this.#link = undefined;
    if (this.state === ActivationState.DEACTIVATING) this.#enter(ActivationState.INACTIVE);
    this.onWebSocketClose(event); // it may deactivate
    if (this.active) this.#scheduleReconnect();
    else if (this.#wanted === ActivationState.ACTIVE) this.#begin();
  }

  #scheduleReconnect(): void {
    if (this.#delay <= 0) return;
    this.#debug(`trying again in ${this.#delay} ms`);
    this.#timer = setTimeout(() => {
      this.#delay = nextDelay(this.#delay, this);
      void this.#connect();
    }, this.#delay);
  }

  #handleDebug({ kind, text }: DebugEvent): void {
    const isBeat = text === "heart-beat";
    if (kind === "received") this.#debug(`<<< ${isBeat ? "PONG" : text}`);
    else if (kind === "sent") this.#debug(`>>> ${isBeat ? "PING" : text}`);
    else this.#debug(`${kind}: ${text}`);
    if (kind === "received" && isBeat) this.#onHeartbeatReceived();
  }
}
