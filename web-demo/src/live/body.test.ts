import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { readBody } from "./body.ts";

describe("a body to read", () => {
  test("objects and arrays are laid out, a lone value is left as it is", () => {
    assert.deepEqual(read('{"a":[1]}'), { kind: "json", text: '{\n  "a": [\n    1\n  ]\n}', rest: null });
    assert.equal(read("12e3").text, "12e3");
  });

  test("what only looks like JSON is text", () => {
    assert.deepEqual(read("{not json"), { kind: "text", text: "{not json", rest: null });
  });

  test("octets that are no text are shown as numbers", () => {
    assert.deepEqual(readBody(Uint8Array.of(0xff, 0x00, 0x0a)), { kind: "binary", text: "ff 00 0a", rest: null });
    assert.equal(read("a\0b").kind, "binary");
    assert.equal(readBody(new Uint8Array(300).fill(0xff)).rest, "44 more octets");
  });

  test("a long body is cut and says so", () => {
    const { text, rest } = read("x".repeat(20_000));
    assert.deepEqual([text.length, rest], [16_384, "3,616 more characters"]);
  });

  test("nothing is said to be nothing", () => {
    assert.equal(read("").kind, "empty");
  });
});

function read(text: string) {
  return readBody(new TextEncoder().encode(text));
}
