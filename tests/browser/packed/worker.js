import { echo } from "./echo.js";

self.onmessage = ({ data }) => echo(data, "from a worker").then(postMessage, (error) => postMessage(String(error)));
