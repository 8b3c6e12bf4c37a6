import { connect } from "@wharf/client";
import { WebSocket } from "ws";

const client = await connect(process.argv[2], { login: "guest", passcode: "guest", WebSocket });
await client.publish("/queue/from-node", "hello");
for await (const message of client.subscribe("/queue/from-node")) {
  console.log(message.text);
  break;
}
await client.close();
