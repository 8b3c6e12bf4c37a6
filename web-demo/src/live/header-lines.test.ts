import assert from "node:assert/strict";
import { test } from "node:test";
import { readHeaders } from "./header-lines.ts";

test("headers are read from lines, and a value may hold colons", () => {
  assert.deepEqual(readHeaders("a: 1\n\n b :x:y \n"), { a: "1", b: "x:y" });
  assert.deepEqual(readHeaders(""), {});
});

test("a line that is no header is refused with its text", () => {
  assert.throws(() => readHeaders("a: 1\nnothing"), /nothing/);
  assert.throws(() => readHeaders(": value"), /name: value/);
});
