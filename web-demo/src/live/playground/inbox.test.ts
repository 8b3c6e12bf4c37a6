import assert from "node:assert/strict";
import { beforeEach, describe, type Mock, mock, test } from "node:test";
import type { AckMode, Client, Message } from "/client/index.js";
import { Inbox, KEPT_MESSAGES } from "./inbox.ts";

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
});

describe("an inbox", () => {
  test("shows arrivals together, the newest first", () => {
    const { inbox, arrive } = opened("auto");
    arrive(3);
    assert.equal(inbox.messages.value.length, 0);
    mock.timers.tick(200);
    assert.deepEqual(numbers(inbox), [3, 2, 1]);
  });

  test("keeps the newest and counts all", () => {
    const { inbox, arrive } = opened("auto");
    arrive(1000);
    mock.timers.tick(200);
    assert.deepEqual([inbox.messages.value.length, inbox.count.value], [KEPT_MESSAGES, 1000]);
    assert.equal(numbers(inbox)[0], 1000);
  });

  test("a pause holds the list still, and shows what came meanwhile when it ends", () => {
    const { inbox, arrive } = opened("auto");
    inbox.togglePause();
    arrive(2);
    mock.timers.tick(200);
    assert.deepEqual([numbers(inbox), inbox.count.value], [[], 2]);
    inbox.togglePause();
    assert.deepEqual(numbers(inbox), [2, 1]);
  });

  test("an answer settles one message, or in client mode all up to it", () => {
    for (const [mode, expected] of [
      ["client-individual", ["pending", "acked", "pending"]],
      ["client", ["pending", "acked", "acked"]],
    ] as const) {
      const { inbox, arrive } = opened(mode);
      const messages = arrive(3);
      mock.timers.tick(200);
      inbox.ack(inbox.messages.value[1]!);
      assert.deepEqual(settlements(inbox), expected, mode);
      assert.equal((messages[1]!.ack as Mock<() => void>).mock.callCount(), 1);
    }
  });

  test("clearing keeps what waits for an answer", () => {
    const { inbox, arrive } = opened("client-individual");
    arrive(2);
    mock.timers.tick(200);
    inbox.nack(inbox.messages.value[0]!, false);
    inbox.clear();
    assert.deepEqual(settlements(inbox), ["pending"]);
  });

  test("gives back what waits for an answer when it is closed", async () => {
    for (const [mode, nacks] of [["client-individual", [0, 1, 1]], ["client", [0, 0, 1]]] as const) {
      const { inbox, arrive } = opened(mode);
      const messages = arrive(3);
      mock.timers.tick(200);
      inbox.ack(inbox.messages.value[2]!); // the oldest
      await inbox.close();
      const calls = messages.map(({ nack }) => (nack as Mock<() => void>).mock.callCount());
      assert.deepEqual(calls, nacks, mode);
    }
  });

  test("begins in a stream where it is said", () => {
    const asked: object[] = [];
    const client = {
      subscribe(_destination: string, _handler: unknown, options: object) {
        asked.push(options);
        return { ready: Promise.resolve(), ended: new Promise(() => {}) };
      },
    };
    for (const start of ["first", "offset=7", "timestamp=1.5"]) {
      new Inbox(1, client as unknown as Client, { destination: "/stream/log", ack: "auto", start });
    }
    assert.deepEqual(asked, ["first", { offset: 7 }, { timestamp: 1_500 }].map((from) => ({ ack: "auto", from })));
  });

  test("a lost connection takes the pending messages back", () => {
    const { inbox, arrive } = opened("client-individual");
    arrive(1);
    mock.timers.tick(200);
    inbox.handleLoss();
    assert.deepEqual(settlements(inbox), ["returned"]);
  });
});

function opened(ack: AckMode) {
  let handler: (message: Message) => void = () => undefined;
  const client = {
    subscribe(_destination: string, given: typeof handler) {
      handler = given;
      return { ready: Promise.resolve(), ended: new Promise(() => {}), unsubscribe: () => Promise.resolve() };
    },
  };
  const inbox = new Inbox(1, client as unknown as Client, { destination: "/queue/a", ack });
  const arrive = (count: number) => {
    const messages = Array.from({ length: count }, fakeMessage);
    for (const message of messages) handler(message);
    return messages;
  };
  return { inbox, arrive };
}

function fakeMessage(): Message {
  return { ack: mock.fn(), nack: mock.fn() } as unknown as Message;
}

function numbers(inbox: Inbox): number[] {
  return inbox.messages.value.map((received) => received.number);
}

function settlements(inbox: Inbox): string[] {
  return inbox.messages.value.map((received) => received.settlement);
}
