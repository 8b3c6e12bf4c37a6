import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { href, parseAddress, withQuery } from "./address.ts";

describe("an address", () => {
  test("carries any name, whatever signs it is made of", () => {
    for (const name of ["orders", "a/b", "with space", "50%", "?#&=+", "grün", "[::1]:80 -> x"]) {
      assert.deepEqual(parseAddress(href(["queues", "/", name])).path, ["queues", "/", name]);
    }
  });

  test("without a path is the overview", () => {
    for (const hash of ["", "#", "#/"]) assert.deepEqual(parseAddress(hash).path, []);
    assert.equal(href([]), "#/");
  });

  test("keeps what a page shows in its query, and leaves out what is not set", () => {
    const link = href(["queues"], { filter: "a&b=ü", sort: "", all: false, page: 2 });
    const { query } = parseAddress(link);
    assert.deepEqual([...query], [["filter", "a&b=ü"], ["page", "2"]]);
  });

  test("holds a list as an entry for each, and loses those that are no longer in it", () => {
    const link = href(["playground"], { open: ["/topic/a", "/topic/b"] });
    assert.deepEqual(parseAddress(link).query.getAll("open"), ["/topic/a", "/topic/b"]);
    assert.equal(withQuery(parseAddress(link), { open: [] }), "#/playground");
  });

  test("with a changed query keeps the rest of it", () => {
    const before = parseAddress("#/queues?filter=x&sort=ready");
    assert.equal(withQuery(before, { sort: null, order: "name" }), "#/queues?filter=x&order=name");
  });

  test("mistyped by hand is read as well as it can be", () => {
    assert.deepEqual(parseAddress("#//queues//50%/").path, ["queues", "50%"]);
  });
});
