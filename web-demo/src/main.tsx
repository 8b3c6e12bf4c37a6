import { render } from "preact";
import "uplot/dist/uPlot.min.css";
import "./style/tokens.css";
import "./style/base.css";
import "./style/controls.css";
import "./style/page.css";
import "./style/overview.css";
import "./style/queues.css";
import "./style/queue-table.css";
import "./style/panels.css";
import { Session } from "./live/session.ts";
import { Page } from "./parts/page.tsx";

const session = new Session();
render(<Page session={session} />, document.getElementById("page")!);
void session.start();
