import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { row } from "../api/queues.fixture.ts";
import type { QueueRow } from "../api/queues.ts";
import { parseStatistics, Statistics, type StatisticsMessage } from "./statistics.ts";

describe("statistics", () => {
  test("messages before the first snapshot wait for it", () => {
    const statistics = new Statistics<QueueRow>();
    const step = statistics.handleMessage(message(7, [row("orders", 1)]));
    assert.equal(step.needsSnapshot, true);
    assert.equal(statistics.rows.size, 0);
  });

  test("a snapshot is followed by the waiting messages that are newer, in order", () => {
    const statistics = new Statistics<QueueRow>();
    statistics.handleMessage(message(6, [row("orders", 600)])); // older than the snapshot
    statistics.handleMessage(message(7, [row("orders", 700)]));
    statistics.handleMessage(message(8, [row("orders", 800), row("mail", 1)]));
    const step = statistics.handleSnapshot({ sequence: 6, rows: [row("orders", 650)] });
    assert.equal(step.needsSnapshot, false);
    assert.deepEqual([...statistics.rows.keys()].sort(), ["mail", "orders"]);
    assert.equal(depth(statistics, "orders"), 800);
  });

  test("a message that the snapshot contains does not bring old values back", () => {
    const statistics = loaded(10, [row("orders", 5)]);
    const step = statistics.handleMessage(message(10, [row("orders", 1)], ["orders"]));
    assert.deepEqual([step.renamed, step.sampled, step.needsSnapshot], [false, false, false]);
    assert.equal(depth(statistics, "orders"), 5);
  });

  test("only the rows of a message change", () => {
    const statistics = loaded(10, [row("orders", 5), row("mail", 2)]);
    const step = statistics.handleMessage(message(11, [row("mail", 3)]));
    assert.deepEqual([step.renamed, step.sampled], [false, true]);
    assert.deepEqual([depth(statistics, "orders"), depth(statistics, "mail")], [5, 3]);
  });

  test("a message without changes advances the sequence", () => {
    const statistics = loaded(10, [row("orders", 5)]);
    assert.equal(statistics.handleMessage(message(11)).needsSnapshot, false);
    assert.equal(statistics.handleMessage(message(12, [row("orders", 6)])).needsSnapshot, false);
    assert.equal(depth(statistics, "orders"), 6);
  });

  test("deleted queues leave", () => {
    const statistics = loaded(10, [row("orders", 5), row("mail", 2)]);
    const step = statistics.handleMessage(message(11, [], ["mail", "unknown"]));
    assert.equal(step.renamed, true);
    assert.deepEqual([...statistics.rows.keys()], ["orders"]);
  });

  test("a queue deleted and declared again within one message stays, with its new row", () => {
    const statistics = loaded(10, [row("orders", 5)]);
    statistics.handleMessage(message(11, [row("orders", 0)], ["orders"]));
    assert.equal(depth(statistics, "orders"), 0);
  });

  test("a gap asks for a snapshot, keeps the rows, and applies what came meanwhile", () => {
    const statistics = loaded(10, [row("orders", 5), row("mail", 2)]);
    const gap = statistics.handleMessage(message(12, [row("orders", 12)]));
    assert.equal(gap.needsSnapshot, true);
    assert.equal(depth(statistics, "orders"), 5, "the message behind the gap is not applied yet");
    assert.equal(statistics.handleMessage(message(13, [row("orders", 13)])).needsSnapshot, true);

    const step = statistics.handleSnapshot({ sequence: 12, rows: [row("orders", 12)] });
    assert.equal(step.needsSnapshot, false);
    assert.equal(step.renamed, true);
    assert.deepEqual([...statistics.rows.keys()], ["orders"], "what the snapshot lacks is gone");
    assert.equal(depth(statistics, "orders"), 13);
  });

  test("a gap behind a snapshot asks again", () => {
    const statistics = new Statistics<QueueRow>();
    statistics.handleMessage(message(9, [row("orders", 9)]));
    const step = statistics.handleSnapshot({ sequence: 7, rows: [row("orders", 7)] });
    assert.equal(step.needsSnapshot, true);
    assert.equal(depth(statistics, "orders"), 7);
    assert.equal(statistics.handleSnapshot({ sequence: 9, rows: [row("orders", 9)] }).needsSnapshot, false);
  });

  test("after a reconnect the numbers may begin again", () => {
    const statistics = loaded(5000, [row("orders", 5)]);
    statistics.handleReconnect();
    assert.equal(statistics.handleMessage(message(2, [row("orders", 1)])).needsSnapshot, true);
    assert.equal(depth(statistics, "orders"), 5, "the old rows stay until the snapshot");
    statistics.handleSnapshot({ sequence: 2, rows: [row("orders", 1)] });
    assert.equal(statistics.handleMessage(message(3, [row("orders", 2)])).needsSnapshot, false);
    assert.equal(depth(statistics, "orders"), 2);
  });

  test("what waits for a snapshot is bounded, and losing it is a gap", () => {
    const statistics = new Statistics<QueueRow>();
    for (let sequence = 1; sequence <= 800; sequence += 1) statistics.handleMessage(message(sequence));
    assert.equal(statistics.handleSnapshot({ sequence: 10, rows: [] }).needsSnapshot, true);
    assert.equal(statistics.handleSnapshot({ sequence: 799, rows: [] }).needsSnapshot, false);
  });

  test("a sample in several messages is one sample", () => {
    const statistics = loaded(10, []);
    const first = statistics.handleMessage({ ...message(11, [row("orders", 1)]), more: true });
    const last = statistics.handleMessage(message(12, [row("mail", 1)]));
    assert.deepEqual([first.sampled, last.sampled], [false, true]);
    assert.deepEqual([...statistics.rows.keys()], ["orders", "mail"]);
  });

  test("a body of another shape is refused", () => {
    const body = { sequence: 1, time: 1000, queues: [row("orders", 1)], deleted: ["mail"] };
    assert.deepEqual(parseStatistics(body, "queues"), message(1, [row("orders", 1)], ["mail"]));
    assert.equal(parseStatistics({ ...body, more: true }, "queues").more, true);
    for (const other of [null, {}, { sequence: 1, time: 2, queues: [] }, "text"]) {
      assert.throws(() => parseStatistics(other, "queues"), /lacks/);
    }
    assert.throws(() => parseStatistics(body, "exchanges"), /exchanges/);
  });
});

function loaded(sequence: number, rows: QueueRow[]): Statistics<QueueRow> {
  const statistics = new Statistics<QueueRow>();
  statistics.handleSnapshot({ sequence, rows });
  return statistics;
}

function message(sequence: number, rows: QueueRow[] = [], deleted: string[] = []): StatisticsMessage<QueueRow> {
  return { sequence, time: sequence * 1000, rows, deleted, more: false };
}

function depth(statistics: Statistics<QueueRow>, name: string): number | undefined {
  return statistics.rows.get(name)?.messages;
}
