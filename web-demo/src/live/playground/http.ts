// The management API: a message with each request, for whoever has nothing but HTTP.

import { type Api, pathTo } from "../../api/http.ts";
import { bodyOfPublication, DEFAULT_EXCHANGE, type Publication, publishMessage } from "../../api/messages.ts";
import { type Route, routeOf } from "../destinations.ts";
import type { Outgoing, Protocol } from "./protocol.ts";

export function httpProtocol(api: Api, vhost: string, origin: string): Protocol {
  return {
    id: "http",
    label: "HTTP, the management API",
    inFlight: 4, // browsers open six connections to a server, and the page needs some itself
    publish: (message) => publishMessage(api, vhost, route(message).exchange, publicationOf(message)),
    code: (message) => code(message, vhost, origin),
  };
}

function publicationOf(message: Outgoing): Publication {
  const { body, contentType, headers } = message;
  return { routingKey: route(message).routingKey, payload: body, properties: { content_type: contentType, headers } };
}

function route({ destination }: Outgoing): Route {
  const route = routeOf(destination);
  if (!route) throw new Error(`${destination} cannot be published to over HTTP: use /queue/…, /topic/… or /exchange/….`);
  return route;
}

function code(message: Outgoing, vhost: string, origin: string): string {
  const address = `${origin}${pathTo("exchanges", vhost, route(message).exchange || DEFAULT_EXCHANGE)}/publish`;
  return [
    `curl --user "$WHARF_USER" '${address}' \\`,
    "  --header 'content-type: application/json' \\",
    `  --data ${quoted(JSON.stringify(bodyOfPublication(publicationOf(message))))}`,
  ].join("\n");
}

/** As one word of a shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
