import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { href, parseAddress } from "../../route/address.ts";
import type { InboxOptions } from "./inbox.ts";
import { DEFAULTS, MAX_LINKED_BODY, readOpen, readSetUp, type SetUp, writeSetUp } from "./set-up.ts";

const OPEN: InboxOptions[] = [
  { destination: "/topic/chat, of two", ack: "auto", credit: 0 },
  { destination: "/queue/a%2Fb", ack: "client-individual", prefetch: 20, credit: 100 },
  { destination: "/stream/log", ack: "auto", start: "offset=120" },
  { destination: "/stream/log", ack: "client", prefetch: 5, start: "timestamp=1795747782.245" },
  { destination: "/stream/other", ack: "auto", start: "first" },
];

const link = (setUp: SetUp, open: InboxOptions[] = []) => parseAddress(href(["playground"], writeSetUp(setUp, open))).query;

describe("a link to the playground", () => {
  test("says nothing of what is as usual", () => {
    assert.equal(link(DEFAULTS).toString(), "");
  });

  test("brings back the forms and the subscriptions", () => {
    const setUp = { ...DEFAULTS, to: "/topic/a?b&c", body: "grüße €\n", type: "", headers: "a: 1\nb: 2", credit: "7", take: "yes", start: "timestamp=5" };
    const query = link(setUp, OPEN);
    assert.deepEqual({ ...DEFAULTS, ...readSetUp(query) }, setUp);
    assert.deepEqual(readOpen(query), OPEN);
  });

  test("leaves out a body that is too long for it", () => {
    assert.equal(link({ ...DEFAULTS, body: "x".repeat(MAX_LINKED_BODY + 1) }).has("body"), false);
  });

  test("is read as well as it can be, whoever wrote it", () => {
    const query = new URLSearchParams("to=/queue/a&via=carrier-pigeon&count=99999&prefetch=-1&ack=&take=no&credit=1e3&start=offset");
    assert.deepEqual(readSetUp(query), { to: "/queue/a" });
    const open = ["auto", "often /queue/a", "auto ", "client,prefetch=0,size=3 /queue/a", "auto,prefetch=x /queue/b"];
    assert.deepEqual(readOpen(new URLSearchParams(open.map((one) => ["open", one]))), [{ destination: "/queue/a", ack: "client" }]);
  });

  test("opens no more subscriptions than the page does", () => {
    assert.equal(readOpen(new URLSearchParams(Array.from({ length: 50 }, (_, at) => ["open", `auto /topic/${at}`]))).length, 8);
  });
});
