// A site of somebody else: a directory served from an origin of its own.

import { createServer } from "node:http";
import sirv from "sirv";
import { within } from "./harness.mjs";

/** Serves a directory until the test `t` is over. Resolves to its origin. */
export async function serve(t, directory) {
  const files = sirv(directory, { dev: true });
  const site = createServer((request, response) => files(request, response, () => response.writeHead(404).end()));
  t.after(() => {
    site.close();
    site.closeAllConnections();
  });
  await within(new Promise((resolve) => site.listen(0, "127.0.0.1", resolve)), "the site listens");
  return `http://127.0.0.1:${site.address().port}`;
}

/** The configuration of a gateway that pages of this origin may connect to. */
export const allowing = (origin) => ({ config: `[http]\nallowed_origins = ["${origin}"]` });
