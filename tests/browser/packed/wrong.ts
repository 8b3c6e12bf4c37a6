import { connect } from "@wharf/client";

const client = await connect("wss://shop.example/ws", { login: "a", passcode: "b" });
// @ts-expect-error: there is no such mode
client.subscribe("/queue/a", () => {}, { ack: "perhaps" });
// @ts-expect-error: a body that says what it is is not something else
client.subscribe<{ id: number }>("/queue/a", (message) => message.body.name);
// @ts-expect-error: there is no such event
client.on("weather", () => {});
// @ts-expect-error: a destination is a string
void client.publish(7, "x");
// @ts-expect-error: a time-out is a number of milliseconds
void client.request("/queue/a", "x", { timeout: "5s" });
// @ts-expect-error: an event has a source
void client.publishEvent("/queue/a", { type: "t" });
// @ts-expect-error: data that says what it is is not something else
client.subscribeEvents<{ id: number }>("/queue/a", ({ event }) => event.data?.name);
