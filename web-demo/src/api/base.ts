// Where the gateway is, seen from the page. A proxy may serve both below a path, so addresses are relative to the page, never to the host.

/** The gateway's own address, without a slash at its end: `https://mq.example.org/wharf`. */
export function base(): string {
  return new URL(".", document.baseURI).href.slice(0, -1);
}

/** The address of what is at a path of the gateway. */
export function here(path: string): string {
  return `${base()}${path}`;
}
