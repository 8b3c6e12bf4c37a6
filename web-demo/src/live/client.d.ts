// The part of @wharf/client that this page uses, for checking types before the package has been built. Once it
// is built, tsconfig.json prefers the declarations of the package.

export function connect(url: string | URL, options?: ConnectOptions): Promise<Client>;

export type ConnectionState = "connecting" | "connected" | "waiting" | "closed";

export interface ConnectOptions {
  login?: string;
  passcode?: string;
  host?: string;
  onStateChange?: (state: ConnectionState) => void;
}

export class Client {
  readonly state: ConnectionState;
  publish(
    destination: string,
    body?: string | Uint8Array | ArrayBuffer | object,
    options?: { headers?: Record<string, string>; contentType?: string },
  ): Promise<Confirmation>;
  subscribe(
    destination: string,
    handler: (message: Message) => void,
    options?: SubscribeOptions,
  ): Subscription;
  on(event: "state", listener: (state: ConnectionState) => void): () => void;
  on(event: "error", listener: (error: WharfError) => void): () => void;
  close(): Promise<void>;
}

export interface Confirmation {
  routed: number | undefined;
}

export type AckMode = "auto" | "client" | "client-individual";

export interface SubscribeOptions {
  ack?: AckMode;
  prefetch?: number;
  headers?: Record<string, string>;
}

export class Subscription {
  readonly destination: string;
  readonly ready: Promise<void>;
  unsubscribe(): Promise<void>;
}

export class Message {
  readonly destination: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly bytes: Uint8Array;
  readonly redelivered: boolean;
  readonly deliveryCount: number;
  json<T>(): T;
  ack(): void;
  nack(options?: { requeue?: boolean }): void;
}

export class WharfError extends Error {
  readonly code: string;
  readonly retryable: boolean;
}
