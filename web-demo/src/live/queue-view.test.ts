import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { row } from "../api/queues.fixture.ts";
import { comparison, keepPlaces, type Order } from "./queue-view.ts";

describe("the order of queues", () => {
  test("names compare as people count, not letter by letter", () => {
    assert.deepEqual(sorted({ column: "name", descending: false }, ["job-10", "job-9", "Audit"]), [
      "Audit",
      "job-9",
      "job-10",
    ]);
  });

  test("equal numbers stay in the order of names, in either direction", () => {
    const names = ["c", "b", "a"];
    assert.deepEqual(sorted({ column: "ready", descending: true }, names), ["a", "b", "c"]);
    assert.deepEqual(sorted({ column: "ready", descending: false }, names), ["a", "b", "c"]);
  });

  test("numbers can begin with the largest", () => {
    const rows = [row("few", 1), row("many", 9)];
    rows.sort(comparison({ column: "total", descending: true }));
    assert.deepEqual(rows.map(({ name }) => name), ["many", "few"]);
  });

  test("rows that are held keep their places; new ones come last, gone ones leave", () => {
    assert.deepEqual(keepPlaces(["d", "c", "a"], ["a", "b", "c"]), ["a", "c", "d"]);
  });
});

function sorted(order: Order, names: string[]): string[] {
  return names
    .map((name) => row(name, 0))
    .sort(comparison(order))
    .map(({ name }) => name);
}
