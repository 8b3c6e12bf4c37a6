import assert from "node:assert/strict";
import { test } from "node:test";
import { DEFAULT_SCHEDULE, parseSchedule, scheduleInWords, waitText, writeSchedule } from "./schedule.ts";

/** With plain blanks, where the text keeps a number and its unit together. */
const inWords = (...given: Parameters<typeof scheduleInWords>) => scheduleInWords(...given).replaceAll("\u00a0", " ");
const DEAD_LETTER = { onExhausted: "dead_letter", ordering: "none" } as const;

test("a schedule is read in units, and written so that it is read again", () => {
  assert.deepEqual(parseSchedule("5, 90s, 5 MIN; 1.5h,2 h\n1d"), [5, 90, 300, 5_400, 7_200, 86_400]);
  assert.equal(writeSchedule(DEFAULT_SCHEDULE), "5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 1 d");
  assert.deepEqual(parseSchedule(writeSchedule(DEFAULT_SCHEDULE)), DEFAULT_SCHEDULE);
  assert.deepEqual(parseSchedule(" , "), []);
});

test("a wait is written in the largest unit that divides it", () => {
  assert.deepEqual([1, 60, 90, 3_600, 5_400, 86_400, 172_800].map(waitText), ["1 s", "1 min", "90 s", "1 h", "90 min", "1 d", "2 d"]);
});

test("what is no schedule is refused with what is wrong", () => {
  const refusals: [text: string, says: RegExp][] = [
    ["soon", /“soon” is no wait/],
    ["5 weeks", /“5 weeks” is no wait/],
    ["-5", /“-5” is no wait/],
    ["0 s", /between 1 s and 30 d/],
    ["31 d", /between 1 s and 30 d/],
    ["5 min, 30 s", /30 s comes after 5 min/],
    [Array.from({ length: 51 }, () => "1 s").join(), /at most 50 waits; these are 51/],
  ];
  for (const [text, says] of refusals) assert.throws(() => parseSchedule(text), { message: says }, text);
});

test("a schedule in words says when, how often, and what comes last", () => {
  assert.equal(
    inWords(DEFAULT_SCHEDULE, DEAD_LETTER),
    "A failed message is tried again up to 9 times, after 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h and 1 d; each wait varies by 20 % " +
      "either way. After 10 failed attempts, about 3.1 days later, it goes to the dead-letter queue.",
  );
  assert.equal(
    inWords([30], { onExhausted: "block", ordering: "key" }),
    "A failed message is tried again after 30 s; each wait varies by 20 % either way. After 2 failed attempts, about 30 seconds later, " +
      "it blocks the later messages of its key.",
  );
  assert.match(scheduleInWords([30], DEAD_LETTER), /after 30\u00a0s; each wait varies by 20\u00a0% either/);
  assert.equal(inWords([], DEAD_LETTER), "Each message is tried once. If that fails, it goes to the dead-letter queue.");
});
