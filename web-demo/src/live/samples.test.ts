import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { columnOf, columnsOf, LINES, valuesOf } from "./samples.ts";

const OVERVIEW = {
  queue_totals: {
    messages_ready: 7,
    messages_unacknowledged: 2,
    messages_ready_details: { samples: [{ timestamp: 3000, sample: 7 }, { timestamp: 2000, sample: 9 }] },
  },
  message_stats: {
    publish_details: {
      rate: 15,
      samples: [
        { timestamp: 3000, sample: 130 },
        { timestamp: 2000, sample: 110 },
        { timestamp: 1000, sample: 100 },
      ],
    },
  },
};

describe("the server's samples", () => {
  test("become rates, oldest first", () => {
    const columns = columnsOf(OVERVIEW);
    assert.deepEqual(columns[0], [2, 3]);
    assert.deepEqual(columns[columnOf("publish")], [10, 20]);
  });

  test("of what is there now are drawn as they are, and what the server did not send is missing", () => {
    const columns = columnsOf(OVERVIEW);
    assert.deepEqual(columns[columnOf("ready")], [9, 7]);
    assert.deepEqual(columns[columnOf("ack")], [null, null]);
    assert.deepEqual(columnsOf({})[0], []);
  });

  test("of a server that started again are no negative rate", () => {
    const samples = [{ timestamp: 2000, sample: 5 }, { timestamp: 1000, sample: 500 }];
    assert.deepEqual(columnsOf({ message_stats: { publish_details: { samples } } })[columnOf("publish")], [0]);
  });

  test("go on with what is pushed", () => {
    const values = valuesOf(OVERVIEW);
    const named = Object.fromEntries(LINES.map((line, index) => [line, values[index]]));
    assert.deepEqual(named, { publish: 15, deliver: null, ack: null, redeliver: null, ready: 7, unacked: 2 });
  });
});
