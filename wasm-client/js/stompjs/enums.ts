// Enums of TypeScript would be an object and a type in one as these are, but not without code of the compiler's making.

/** Whether a client wants a connection. */
export const ActivationState = { ACTIVE: 0, DEACTIVATING: 1, INACTIVE: 2 } as const;
export type ActivationState = (typeof ActivationState)[keyof typeof ActivationState];

/** How the delay before the next attempt grows: not at all, or to its double each time. */
export const ReconnectionTimeMode = { LINEAR: 0, EXPONENTIAL: 1 } as const;
export type ReconnectionTimeMode = (typeof ReconnectionTimeMode)[keyof typeof ReconnectionTimeMode];

/** What is to wake the sender of heart-beats. */
export const TickerStrategy = { Interval: "interval", Worker: "worker" } as const;
export type TickerStrategy = (typeof TickerStrategy)[keyof typeof TickerStrategy];

/** States of a socket. */
export const StompSocketState = { CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 } as const;
export type StompSocketState = (typeof StompSocketState)[keyof typeof StompSocketState];
