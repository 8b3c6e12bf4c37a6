import { echo } from "./echo.js";
import { gateway, show } from "./gateway.js";

echo(gateway, "from a page").then(show, (error) => show(String(error)));
