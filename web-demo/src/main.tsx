import { render } from "preact";
import "uplot/dist/uPlot.min.css";
import "./style/tokens.css";
import "./style/base.css";
import "./style/controls.css";
import "./style/shell.css";
import "./style/parts.css";
import "./style/dialogs.css";
import "./style/table.css";
import "./style/chart.css";
import { Session } from "./live/session.ts";
import { App } from "./shell/app.tsx";

const session = new Session();
render(<App session={session} />, document.getElementById("page")!);
void session.start();
