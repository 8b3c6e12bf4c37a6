import { type Client, connect, type ConnectOptions, type DebugEvent, WharfError } from "../index.js";
import { errorFrame, frame, readFrame } from "./frame.js";
import { guard } from "./guard.js";
import { Session, type SessionHandlers } from "./session.js";
import { Tap } from "./socket.js";
import type { IFrame, IStompSocket, SocketCloseEvent, StompHeaders } from "./types.js";
import { warnOfHeaders } from "./warning.js";

/** Who hears what becomes of a connection. */
export interface LinkHandlers extends SessionHandlers {
  handleConnected(frame: IFrame): void;
  handleDisconnected(frame: IFrame): void;
  handleClosed(event: SocketCloseEvent): void;
  handleSocketError(event: unknown): void;
  handleDebug(event: DebugEvent): void;
  /** Whether somebody wants to hear what goes over the wire. */
  wantsDebug(): boolean;
}

/** Where to connect to, and with what. */
export interface LinkOptions {
  url: string;
  makeSocket: (url: string, protocols: string[]) => IStompSocket;
  options: ConnectOptions;
}

/** Milliseconds for a socket to say how it was closed, once it is given up. */
const CLOSE_TIME = 2_000;

/** Codes of attempts that failed without a word of the server. */
const SPEECHLESS: readonly string[] = ["connect-failed", "connect-timeout", "connection-lost", "closed"];

/** One connection, from the attempt to make it until its end. */
export class Link {
  readonly #handlers: LinkHandlers;
  readonly #options: LinkOptions;
  readonly #tap: Tap;
  readonly #debug = (event: DebugEvent) => this.#handleDebug(event);
  #client: Client | undefined;
  #session: Session | undefined;
  #connected: IFrame | undefined;
  /** The receipt of DISCONNECT, once it is asked for. */
  #farewell: string | undefined;
  #isDiscarded = false;
  #isOver = false;
  #end!: () => void;

  /** Settled when it is over. */
  readonly ended = new Promise<void>((resolve) => (this.#end = resolve));

  constructor(options: LinkOptions, handlers: LinkHandlers) {
    this.#handlers = handlers;
    this.#options = options;
    this.#tap = new Tap(options.makeSocket, (event) => handlers.handleSocketError(event));
  }

  get socket(): IStompSocket | undefined {
    return this.#tap.socket;
  }

  /** What CONNECTED said. */
  get connected(): IFrame | undefined {
    return this.session && this.#connected;
  }

  /** What can be done on the connection, while it stands. */
  get session(): Session | undefined {
    return this.#client?.state === "connected" && !this.#isOver && this.#farewell === undefined ? this.#session : undefined;
  }

  /** Connects. Rejected when the settings make no sense. */
  async open(): Promise<void> {
    const { url, options } = this.#options;
    await connect(url, { ...options, WebSocket: this.#tap.WebSocket, debug: this.#debug }).then(
      (client) => this.#begin(client),
      (error: unknown) => this.#handleFailed(error),
    );
  }

  /** Begins to hear what goes over the wire, or ends it, as it is wanted now. */
  watchDebug(): void {
    const stop = this.#client?.on("debug", this.#debug); // no matter how often: it is called once
    if (!this.#handlers.wantsDebug()) stop?.();
  }

  /** Ends the connection once the server has taken what was sent. */
  close({ receipt, ...rest }: StompHeaders): void {
    warnOfHeaders("DISCONNECT", rest);
    if (!this.#client) return this.#giveUp();
    this.#farewell ??= receipt ?? "close";
    void this.#client.close();
  }

  /** Ends the connection, whatever the server has taken. */
  discard(): void {
    this.#giveUp();
    this.#finish({ type: "close", code: 4001, reason: "discarded", wasClean: false });
  }

  /** Loses the connection, as the network might. */
  drop(): void {
    this.#tap.discard();
  }

  #giveUp(): void {
    this.#isDiscarded = true;
    void this.#client?.close(); // before the socket closes: behind it, browsers complain of what is sent
    this.#tap.discard();
  }

  #begin(client: Client): void {
    this.#client = client;
    this.#session = new Session(client, this.#handlers);
    this.watchDebug();
    client.on("state", (state) => state === "closed" && void this.#handleClosed());
    if (client.state === "closed" || this.#isDiscarded) void this.#handleClosed();
    else guard(() => this.#handlers.handleConnected(this.#connected!)); // the frame came before the state
  }

  #handleFailed(error: unknown): void {
    if (this.#tap.failure) throw this.#tap.failure;
    const { code } = error as Partial<WharfError>;
    if (code === "invalid-argument") throw error;
    if (!(error instanceof WharfError)) this.#handlers.handleSocketError(error); // the module could not be loaded
    else if (!SPEECHLESS.includes(error.code)) this.#handlers.handleError(errorFrame(error));
    void this.#handleClosed();
  }

  async #handleClosed(): Promise<void> {
    await this.#client?.close(); // it is closed; but has it told why?
    const receipt = this.#farewell;
    if (receipt !== undefined && !this.#isOver) guard(() => this.#handlers.handleDisconnected(frame("RECEIPT", { "receipt-id": receipt })));
    this.#finish(await this.#closeEvent());
  }

  async #closeEvent(): Promise<SocketCloseEvent> {
    const gone = { type: "close", code: 1006, reason: "", wasClean: false };
    if (!this.#tap.socket) return gone;
    let timer: ReturnType<typeof setTimeout>;
    const late = new Promise<SocketCloseEvent>((resolve) => (timer = setTimeout(() => resolve(gone), CLOSE_TIME)));
    return Promise.race([this.#tap.closed, late]).finally(() => clearTimeout(timer));
  }

  #finish(event: SocketCloseEvent): void {
    if (this.#isOver) return;
    this.#isOver = true;
    guard(() => this.#handlers.handleClosed(event));
    this.#end();
  }

  #handleDebug(event: DebugEvent): void {
    if (event.kind === "received" && event.text.startsWith("CONNECTED\n")) this.#connected = readFrame(event.text);
    if (this.#handlers.wantsDebug()) this.#handlers.handleDebug(event);
  }
}
