import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { row } from "../api/queues.fixture.ts";
import type { QueueRow } from "../api/queues.ts";
import { keepPlaces, type Order, ordered } from "./list-view.ts";
import { sortNames } from "./names.ts";

const COLUMNS = { ready: (row: QueueRow) => row.messages_ready };

describe("the order of a list", () => {
  test("names compare as people count, not letter by letter", () => {
    assert.deepEqual(sortNames(["job-10", "job-9", "Audit"]), ["Audit", "job-9", "job-10"]);
  });

  test("equal numbers stay in the order of names, in either direction", () => {
    const rows = sortNames(["c", "b", "a"]).map((name) => row(name, 0));
    assert.deepEqual(ordered(rows, by("ready", true), COLUMNS), ["a", "b", "c"]);
    assert.deepEqual(ordered(rows, by("ready", false), COLUMNS), ["a", "b", "c"]);
  });

  test("numbers can begin with the largest", () => {
    const rows = [row("few", 1), row("many", 9)];
    assert.deepEqual(ordered(rows, by("ready", true), COLUMNS), ["many", "few"]);
    assert.deepEqual(ordered(rows, by("ready", false), COLUMNS), ["few", "many"]);
  });

  test("a column that is not there is the order of names", () => {
    const rows = [row("a", 1), row("b", 9)];
    assert.deepEqual(ordered(rows, by("mistyped", true), COLUMNS), ["b", "a"]);
  });

  test("rows that are held keep their places; new ones come last, gone ones leave", () => {
    assert.deepEqual(keepPlaces(["d", "c", "a"], ["a", "b", "c"]), ["a", "c", "d"]);
  });
});

function by(column: string, descending: boolean): Order {
  return { column, descending };
}
