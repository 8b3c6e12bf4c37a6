import type { WebSocketConstructor } from "../index.js";
import type { IStompSocket, SocketCloseEvent } from "./types.js";

type Make = (url: string, protocols: string[]) => IStompSocket;

/** Makes the one socket of a connection, and hears of it what the client does not tell. */
export class Tap {
  /** The socket, once there is one. */
  socket: IStompSocket | undefined;
  /** Why there is none, if it was not the network's fault. */
  failure: Error | undefined;
  /** Settled when the socket is closed. */
  readonly closed: Promise<SocketCloseEvent>;

  readonly #make: Make;
  readonly #onError: (event: unknown) => void;
  #close!: (event: SocketCloseEvent) => void;
  #isDiscarded = false;

  constructor(make: Make, onError: (event: unknown) => void) {
    this.#make = make;
    this.#onError = onError;
    this.closed = new Promise((resolve) => (this.#close = resolve));
  }

  /** What the client is to make its sockets with. */
  get WebSocket(): WebSocketConstructor {
    const open = (url: string, protocols: string[]) => this.#open(url, protocols);
    // An arrow function cannot be called with `new`; what this one returns is what `new` gives.
    return function (url: string, protocols: string[]) { return open(url, protocols); } as unknown as WebSocketConstructor;
  }

  /** Closes the socket, or the one that is about to be made. */
  discard(): void {
    this.#isDiscarded = true;
    const { socket } = this;
    if (typeof socket?.terminate === "function") socket.terminate();
    else socket?.close();
  }

  #open(url: string, protocols: string[]): IStompSocket {
    if (this.#isDiscarded) throw new Error("the client was deactivated");
    try {
      this.socket = checked(this.#make(url, protocols));
    } catch (error) {
      this.failure = error instanceof Error ? error : new Error(String(error));
      throw error;
    }
    this.#listen(this.socket);
    return this.socket;
  }

  #listen(socket: IStompSocket): void {
    socket.addEventListener("close", (event: SocketCloseEvent) => this.#close(event));
    socket.addEventListener("error", (event: unknown) => this.#onError(event));
    // A factory may return a socket that is open: then there is no such event, which the client waits for.
    if (socket.readyState === 1) queueMicrotask(() => (socket as { onopen?: () => void }).onopen?.());
  }
}

function checked(socket: IStompSocket): IStompSocket {
  if (typeof socket?.addEventListener === "function" && "binaryType" in socket) return socket;
  throw new TypeError("webSocketFactory must return a WebSocket, which carries octets (SockJS cannot): set brokerURL instead");
}
