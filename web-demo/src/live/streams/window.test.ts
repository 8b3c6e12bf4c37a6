import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Api } from "../../api/http.ts";
import type { Kept } from "../../api/messages.ts";
import { loadWindow, neighboursOf } from "./window.ts";

const figures = (first_offset: number, next_offset: number) => ({ epoch: "1", segments: 0, groups: [], first_offset, next_offset });
const kept = (from: number, end: number) => Array.from({ length: end - from }, (_, index) => ({ offset: from + index })) as Kept[];

describe("what is around the messages shown", () => {
  test("is counted by what the stream keeps", () => {
    const { older, newer } = neighboursOf(kept(120, 170), figures(30, 200));
    assert.deepEqual([older, newer], [{ count: 90, from: 70 }, { count: 30, from: 170 }]);
  });

  test("is nothing at the ends", () => {
    const { older, newer } = neighboursOf(kept(0, 3), figures(0, 3));
    assert.deepEqual([older.count, newer.count], [0, 0]);
  });

  test("does not reach back beyond the oldest that is kept", () => {
    assert.deepEqual(neighboursOf(kept(40, 90), figures(30, 90)).older, { count: 10, from: 30 });
  });

  test("goes on with the oldest that is kept when all that is shown was dropped meanwhile", () => {
    const { older, newer } = neighboursOf(kept(0, 50), figures(80, 100));
    assert.deepEqual([older.count, newer], [0, { count: 20, from: 80 }]);
  });

  test("is all that is kept where nothing is shown", () => {
    const { older, newer } = neighboursOf([], figures(10, 100));
    assert.deepEqual([older, newer.count], [{ count: 90, from: 50 }, 0]);
  });
});

describe("a page of a stream", () => {
  test("begins where it is said, and the last one ends with the newest", async () => {
    const asked: [string, number][] = [];
    const api = {
      post: async (_path: string, { offset, count }: { offset: string; count: number }) => {
        asked.push([offset, count]);
        return { json: async () => (offset === "last" ? kept(199, 200) : []) };
      },
    } as unknown as Api;
    await loadWindow(api, "/", "log", { at: "time", time: 1_500 });
    await loadWindow(api, "/", "log", { at: "last" });
    assert.deepEqual(asked, [["timestamp=1.5", 50], ["last", 1], ["offset=150", 50]]);
  });
});
