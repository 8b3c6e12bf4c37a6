import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { linkOf, type Observed } from "./connection.ts";

const AT = new Date(2026, 0, 1, 12, 0, 0);
const LIVE: Observed = {
  state: "connected",
  lostAt: null,
  updated: { tick: 1000, at: AT },
  complete: true,
  failed: false,
  now: 2000,
  staleAfter: 3000,
};

describe("the state of the connection", () => {
  test("live needs a connection, a snapshot, and numbers of the last three seconds", () => {
    assert.deepEqual(linkOf(LIVE), { kind: "live" });
    assert.deepEqual(linkOf({ ...LIVE, now: 4000 }), { kind: "live" });
    assert.deepEqual(linkOf({ ...LIVE, now: 4001 }), { kind: "stale", since: AT });
    assert.deepEqual(linkOf({ ...LIVE, complete: false }), { kind: "connecting" });
  });

  test("who is not told numbers, but asks for them, has them a little longer", () => {
    const asked: Observed = { ...LIVE, staleAfter: 6_000 };
    assert.deepEqual(linkOf({ ...asked, now: 7000 }), { kind: "live" });
    assert.deepEqual(linkOf({ ...asked, now: 7001 }), { kind: "stale", since: AT });
  });

  test("a loss lasts until the snapshot after it", () => {
    const lost: Observed = { ...LIVE, lostAt: AT, complete: false };
    for (const state of ["waiting", "connecting", "connected"] as const) {
      assert.deepEqual(linkOf({ ...lost, state }), { kind: "reconnecting", since: AT });
    }
    assert.deepEqual(linkOf({ ...lost, complete: true }), { kind: "live" });
  });

  test("numbers that cannot be had are stale, even before there were any", () => {
    const failed: Observed = { ...LIVE, complete: false, failed: true, updated: null };
    assert.deepEqual(linkOf(failed), { kind: "stale", since: null });
  });

  test("closed is closed", () => {
    assert.deepEqual(linkOf({ ...LIVE, state: "closed" }), { kind: "closed" });
  });
});
