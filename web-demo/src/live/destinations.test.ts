import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { hasOwnCopies, queueDestination, queueOf, routeOf, streamDestination, streamOf, suggestQueues } from "./destinations.ts";

describe("a destination", () => {
  test("of a queue leads to it, whatever its name is made of", () => {
    for (const name of ["orders", "a/b", "50%", "grün", "a b"]) {
      assert.equal(queueOf(queueDestination(name)), name);
      assert.deepEqual(routeOf(queueDestination(name)), { exchange: "", routingKey: name });
    }
    assert.equal(queueOf("/amq/queue/orders"), "orders");
    assert.equal(queueOf("/topic/orders"), null);
  });

  test("of a stream leads to it, and is published to by its name", () => {
    for (const name of ["log", "a/b", "50%", "grün"]) {
      assert.equal(streamOf(streamDestination(name)), name);
      assert.deepEqual(routeOf(streamDestination(name)), { exchange: "", routingKey: name });
    }
    assert.deepEqual([streamOf("/queue/log"), queueOf("/stream/log"), streamOf("/stream/")], [null, null, null]);
  });

  test("is offered for what may be read by name, but not for queues of subscriptions", () => {
    const names = ["log", "stomp-subscription-1", "orders"];
    assert.deepEqual(suggestQueues(names, (name) => name === "log"), ["/stream/log", "/queue/orders"]);
  });

  test("of a topic or an exchange is an exchange with a routing key", () => {
    assert.deepEqual(routeOf("/topic/a.b"), { exchange: "amq.topic", routingKey: "a.b" });
    assert.deepEqual(routeOf("/exchange/logs"), { exchange: "logs", routingKey: "" });
    assert.deepEqual(routeOf("/exchange/logs%2Fapp/eu.%2F"), { exchange: "logs/app", routingKey: "eu./" });
  });

  test("that only STOMP knows has no route", () => {
    for (const other of ["orders", "/reply-queue/x", "/temp-queue/x", "/topic/a/b", "/queue/", ""]) {
      assert.equal(routeOf(other), null, other);
    }
  });

  test("with copies of its own takes nothing from others", () => {
    assert.deepEqual(["/topic/x", "/exchange/x", "/stream/x", "/queue/x", "/amq/queue/x"].map(hasOwnCopies), [true, true, true, false, false]);
  });
});
