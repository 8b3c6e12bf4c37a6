import assert from "node:assert/strict";
import { test } from "node:test";
import { filtersInWords, parseFilters } from "./filters.ts";

test("filters of every dialect are read as they are", () => {
  const filters = [
    { exact: { type: "order.placed", subject: "42" } },
    { prefix: { source: "/shops/" } },
    { any: [{ suffix: { type: ".eu" } }, { not: { all: [{ sql: "EXISTS sampledrate" }, { cesql: "id LIKE 'a%'" }] } }] },
  ];
  assert.deepEqual(parseFilters(JSON.stringify(filters)), filters);
  assert.deepEqual([parseFilters(""), parseFilters(" \n"), parseFilters("[]")], [[], [], []]);
});

test("what is no filter is refused with where it is", () => {
  const refusals: [text: string, says: RegExp][] = [
    ["[{", /^This is no JSON: /],
    ['{"exact":{"type":"a"}}', /^Filters are a list/],
    ['["type"]', /^filters\[0\] is no filter/],
    ["[{}]", /^filters\[0\] has to name one dialect, not none/],
    ['[{"exact":{"type":"a"},"prefix":{"type":"a"}}]', /not 2/],
    ['[{"exact":{"type":"a"}},{"regex":{"type":"a"}}]', /^filters\[1\]\.regex: there is no such dialect.*exact, prefix, suffix, all, any, not, sql/],
    ['[{"exact":{}}]', /^filters\[0\]\.exact has to hold attributes/],
    ['[{"exact":{"Type":"a"}}]', /“Type” is no attribute/],
    ['[{"prefix":{"type":""}}]', /^filters\[0\]\.prefix\.type has to be a text/],
    ['[{"prefix":{"type":7}}]', /^filters\[0\]\.prefix\.type has to be a text/],
    ['[{"any":[]}]', /^filters\[0\]\.any has to be a list of at least one/],
    ['[{"any":[{"not":[]}]}]', /^filters\[0\]\.any\[0\]\.not is no filter/],
    [JSON.stringify([{ sql: "€".repeat(1_366) }]), /longer than 4096 octets/],
    [`[${'{"not":'.repeat(17)}{"exact":{"type":"a"}}${"}".repeat(17)}]`, /deeper than 16/],
    [JSON.stringify(Array.from({ length: 257 }, () => ({ exact: { type: "a" } }))), /more than 256 filters/],
  ];
  for (const [text, says] of refusals) assert.throws(() => parseFilters(text), { message: says }, text.slice(0, 80));
});

test("filters in words say what passes", () => {
  const words = [
    [],
    [{ prefix: { type: "order." } }],
    [{ exact: { type: "a", subject: "b" } }, { sql: "amount > 5" }],
    [{ any: [{ exact: { type: "a" } }, { not: { suffix: { source: "/test" } } }] }],
  ].map((filters) => filtersInWords(filters));
  assert.deepEqual(words, [
    "Every event passes.",
    "Events pass whose type begins with “order.”.",
    "Events pass whose (type is “a” and subject is “b”), and expression amount > 5 is true.",
    "Events pass whose type is “a” or not (source ends with “/test”).",
  ]);
  assert.equal(filtersInWords([], ["order.placed", "order.paid"]), "Events pass whose type is “order.placed” or “order.paid”.");
});
