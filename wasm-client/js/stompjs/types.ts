/** Headers of a frame. */
export interface StompHeaders {
  [name: string]: string;
}

/** A frame that came. */
export interface IFrame {
  command: string;
  headers: StompHeaders;
  /** Whether the body came as octets; it always did. */
  isBinaryBody: boolean;
  /** The body, read as UTF-8. */
  readonly body: string;
  /** The body, as octets. */
  readonly binaryBody: Uint8Array;
}

/** A message that came. */
export interface IMessage extends IFrame {
  /** Accepts it. Headers that mean something: `transaction`, `receipt`. */
  ack(headers?: StompHeaders): void;
  /** Gives it back. Headers that mean something: `requeue`, `delay`, `reason`, `transaction`, `receipt`. */
  nack(headers?: StompHeaders): void;
}

/** A subscription. It ends with its connection. */
export interface StompSubscription {
  id: string;
  /** Headers that mean something: `receipt`. */
  unsubscribe(headers?: StompHeaders): void;
}

/** A transaction. It belongs to one connection. */
export interface ITransaction {
  /** What the header `transaction` of its frames is. */
  id: string;
  commit(): void;
  abort(): void;
}

/** What to publish. */
export interface IPublishParams {
  destination: string;
  headers?: StompHeaders | undefined;
  body?: string | undefined;
  binaryBody?: Uint8Array | undefined;
  /** Has no effect: a length is always sent. */
  skipContentLengthHeader?: boolean | undefined;
}

/** A `WebSocket`, or something made like it. */
export interface IStompSocket {
  readonly readyState: number;
  binaryType?: string;
  onopen?: unknown;
  addEventListener(type: string, listener: (event: never) => void): void;
  close(code?: number, reason?: string): void;
  /** Ends it without the server's consent, where that is possible. */
  terminate?(): void;
}

/** How a socket was closed. Where no socket says so it has no more than these. */
export type SocketCloseEvent = Pick<CloseEvent, "type" | "code" | "reason" | "wasClean">;

export type debugFnType = (text: string) => void;
export type messageCallbackType = (message: IMessage) => void;
export type frameCallbackType = ((frame: IFrame) => void) | (() => void);
export type emptyCallbackType = () => void;
// The names of stompjs, which leaves the kind of event to its callers.
export type closeEventCallbackType<T = any> = (event: T) => void;
export type wsErrorCallbackType<T = any> = (event: T) => void;

export type Frame = IFrame;
export type Message = IMessage;
export type publishParams = IPublishParams;
