import { echo } from "./echo.js";

self.onconnect = ({ ports: [port] }) => {
  port.onmessage = ({ data }) =>
    echo(data, "from a shared worker").then((text) => port.postMessage(text), (error) => port.postMessage(String(error)));
};
