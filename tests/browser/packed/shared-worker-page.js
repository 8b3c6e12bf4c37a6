import { gateway, show } from "./gateway.js";

const worker = new SharedWorker(new URL("./shared-worker.js", import.meta.url), { type: "module" });
worker.onerror = ({ message }) => show(message);
worker.port.onmessage = ({ data }) => show(data);
worker.port.postMessage(gateway);
