import { type Client, type CloudEvent, connect, type Confirmation, type EventMessage, type Message, WharfError } from "@wharf/client";

interface Order {
  id: number;
  item: string;
}

const isOrder = (value: unknown): Order => {
  if (typeof value !== "object" || value === null || !("id" in value)) throw new Error("no order");
  return value as Order;
};

export async function shop(signal: AbortSignal): Promise<number> {
  const client = await connect("wss://shop.example/ws", { token: async () => ({ token: "t", expiresAt: new Date() }) });
  const stop: () => void = client.on("gap", ({ subscription, reason, count }) => console.log(subscription, reason, count ?? 0));
  const done: Confirmation = await client.publish("/queue/orders", { id: 1, item: "rope" }, { persistent: true, signal, timeout: 5_000 });

  client.subscribe<Order>("/queue/orders", async (message) => console.log(message.body.item), { ack: "handler", concurrency: 4 });
  const typed = client.subscribe("/queue/orders", { validate: isOrder });
  for await (const message of typed) console.log(message.body.id + 1);

  await client.publishEvent("/queue/orders", { source: "/shop", type: "order.placed", time: new Date(), data: { id: 1 }, own: 5 }, { deduplicate: true });
  client.subscribeEvents<Order>("/queue/orders", ({ event }) => console.log(event.data?.item, event["own"]), { ack: "handler" });
  for await (const message of client.subscribeEvents("/queue/orders", { validate: isOrder })) again(client, message);

  const reply: Message = await client.request("/queue/prices", { item: "rope" }, { timeout: 1_000, signal });
  stop();
  return reply.json<{ price: number }>().price + (done.routed ?? 0);
}

/** As the class of the npm package is declared, which is what people publish. */
type SdkEvent = { id: string; source: string; type: string; specversion: string; subject?: string; time?: string; data?: unknown; [key: string]: unknown };

async function again(client: Client, message: EventMessage<Order>): Promise<void> {
  const event: CloudEvent<Order> = message.event;
  const made: SdkEvent = { ...event };
  await client.publishEvent("/queue/again", made);
  await client.publishEvent("/queue/again", event);
  message.ack();
}

export const isFull = (error: unknown): boolean => error instanceof WharfError && error.code === "outbox-full";
