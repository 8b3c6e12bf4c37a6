import assert from "node:assert/strict";
import { test } from "node:test";
import { isFresh, Poll, POLL_MS } from "./poll.ts";

/** Answers that the test gives when it likes. */
function questions() {
  const asked: { answer: (value: string) => void; refuse: (error: Error) => void }[] = [];
  const poll = new Poll(() => new Promise<string>((answer, refuse) => asked.push({ answer, refuse })));
  return { poll, asked };
}

test("only the newest question counts, whichever is answered last", async () => {
  const { poll, asked } = questions();
  const [first, second] = [poll.refresh(), poll.refresh()];
  asked[1]!.answer("after the change");
  await second;
  asked[0]!.answer("before it");
  await first;
  assert.equal(poll.value.value, "after the change");
});

test("what was read stays when a later question fails, and the failure is told until one is answered", async () => {
  const { poll, asked } = questions();
  const first = poll.refresh();
  asked[0]!.answer("read");
  await first;
  const updated = poll.updated.value;
  const second = poll.refresh();
  asked[1]!.refuse(new TypeError("no network"));
  await second;
  assert.deepEqual([poll.value.value, poll.failure.value?.code, poll.updated.value], ["read", "unreachable", updated]);
  const third = poll.refresh();
  asked[2]!.answer("read again");
  await third;
  assert.deepEqual([poll.value.value, poll.failure.value], ["read again", null]);
});

test("an answer is live until two more should have come, and not while the last question failed", () => {
  const updated = { tick: 1_000, at: new Date() };
  assert.equal(isFresh(updated, false, 1_000 + 3 * POLL_MS), true);
  assert.equal(isFresh(updated, false, 1_001 + 3 * POLL_MS), false);
  assert.equal(isFresh(updated, true, 1_000), false);
  assert.equal(isFresh(null, false, 1_000), false);
});
