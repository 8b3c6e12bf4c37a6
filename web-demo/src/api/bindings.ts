// Bindings: which exchange hands what to which queue.

import { type Api, finish, pathTo } from "./http.ts";
import { DEFAULT_EXCHANGE } from "./messages.ts";

export interface Binding {
  /** The exchange; "" is the default exchange, to which every queue is bound by its name. */
  source: string;
  vhost: string;
  /** The queue. */
  destination: string;
  routing_key: string;
  arguments: Record<string, string>;
  /** Tells it from the other bindings of the same two. */
  properties_key: string;
}

/** What makes a binding. */
export type BindingDefinition = Pick<Binding, "source" | "destination" | "routing_key" | "arguments">;

export async function fetchQueueBindings(api: Api, vhost: string, queue: string): Promise<Binding[]> {
  return (await (await api.get(`${pathTo("queues", vhost, queue)}/bindings`)).json()) as Binding[];
}

export async function fetchExchangeBindings(api: Api, vhost: string, exchange: string): Promise<Binding[]> {
  const path = `${pathTo("exchanges", vhost, exchange || DEFAULT_EXCHANGE)}/bindings/source`;
  return (await (await api.get(path)).json()) as Binding[];
}

export async function bind(api: Api, vhost: string, binding: BindingDefinition): Promise<void> {
  const { source, destination, routing_key, arguments: given } = binding;
  await finish(api.post(pathBetween(vhost, source, destination), { routing_key, arguments: given }));
}

export async function unbind(api: Api, vhost: string, binding: Binding): Promise<void> {
  const path = `${pathBetween(vhost, binding.source, binding.destination)}/${encodeURIComponent(binding.properties_key)}`;
  await finish(api.delete(path));
}

function pathBetween(vhost: string, exchange: string, queue: string): string {
  return pathTo("bindings", vhost, "e", exchange || DEFAULT_EXCHANGE, "q", queue);
}
