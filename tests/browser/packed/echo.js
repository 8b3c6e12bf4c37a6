import { connect } from "@wharf/client";

/** Publishes a word to where it listens itself. Resolves with what came. */
export async function echo(gateway, word) {
  const client = await connect(gateway, { login: "guest", passcode: "guest" });
  const { promise, resolve } = deferred();
  await client.subscribe("/topic/echo", (message) => resolve(message.text)).ready;
  await client.publish("/topic/echo", word);
  const heard = await promise;
  await client.close();
  return heard;
}

function deferred() {
  let resolve;
  const promise = new Promise((given) => (resolve = given));
  return { promise, resolve };
}
