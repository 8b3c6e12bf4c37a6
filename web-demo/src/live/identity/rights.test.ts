import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { mayOpen, sectionsFor } from "../../shell/sections.ts";
import { isLoopback } from "./guest.ts";
import { chooseVhost, rightsOf } from "./rights.ts";
import { parseCredentials } from "./tab-memory.ts";

const shownTo = (...tags: string[]) => sectionsFor(rightsOf(tags)).map(({ name }) => name);

const COMMON = ["overview", "queues", "exchanges", "connections", "playground", "vhosts"];

describe("what a user sees", () => {
  test("an administrator sees everything", () => {
    const all = ["overview", "queues", "exchanges", "connections", "webhooks", "hooks", "playground", "vhosts", "users"];
    assert.deepEqual(shownTo("administrator"), all);
  });

  test("monitoring sees the node, and no users", () => {
    assert.deepEqual(shownTo("monitoring"), COMMON);
    assert.equal(rightsOf(["monitoring"]).node, true);
    assert.equal(mayOpen("users", rightsOf(["monitoring"])), false);
  });

  test("management and policymaker see what is of their vhosts", () => {
    assert.deepEqual(shownTo("management"), COMMON);
    assert.deepEqual(shownTo("policymaker"), COMMON);
    assert.equal(rightsOf(["management"]).node, false);
  });

  test("the most that one of several tags allows is allowed", () => {
    assert.equal(rightsOf(["management", "monitoring", "of-our-own"]).node, true);
    assert.equal(rightsOf(["administrator"]).node, true);
  });

  test("without a tag there is no dashboard", () => {
    assert.equal(rightsOf([]).dashboard, false);
    assert.equal(rightsOf(["of-our-own"]).dashboard, false);
    assert.deepEqual(shownTo(), []);
  });

  test("an address without a section is everybody's to be told that it is none", () => {
    assert.equal(mayOpen("nowhere", rightsOf(["management"])), true);
  });
});

describe("the vhost to begin with", () => {
  test("is the first of those wished for that may be used", () => {
    assert.equal(chooseVhost(["/", "a", "b"], [null, "gone", "b", "a"]), "b");
  });

  test("is / without a wish, and any where that is closed", () => {
    assert.equal(chooseVhost(["a", "/"], [null]), "/");
    assert.equal(chooseVhost(["a", "b"], ["/"]), "a");
    assert.equal(chooseVhost([], ["/"]), null);
  });
});

describe("who is tried without a question", () => {
  test("guest, on the machine of the browser alone", () => {
    for (const name of ["localhost", "127.0.0.1", "127.8.9.10", "[::1]", "wharf.localhost"]) assert.equal(isLoopback(name), true, name);
    for (const name of ["example.com", "10.0.0.1", "127.0.0.1.example.com", "localhost.example.com", "[::2]"]) {
      assert.equal(isLoopback(name), false, name);
    }
  });

  test("what the tab keeps, if it is still readable", () => {
    const token = { kind: "token", token: "a.b.c" };
    assert.deepEqual(parseCredentials(JSON.stringify(token)), token);
    const password = { kind: "password", user: "alice", password: "" };
    assert.deepEqual(parseCredentials(JSON.stringify(password)), password);
    for (const text of [null, "", "null", "{", '{"kind":"token"}', '{"kind":"password","user":"alice"}']) {
      assert.equal(parseCredentials(text), null, String(text));
    }
  });
});
