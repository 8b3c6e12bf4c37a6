import { useComputed } from "@preact/signals";
import { deliverRate, depthOf, publishRate } from "../../api/queues.ts";
import { busiest } from "../../live/busiest.ts";
import type { Workspace } from "../../live/workspace.ts";
import { formatCount, formatRate } from "../../parts/format.ts";
import { Sparkline } from "../../parts/sparkline.tsx";
import { href } from "../../route/route.ts";

const SHOWN = 6;

export function BusiestPanel({ workspace }: { workspace: Workspace }) {
  const { queues } = workspace;
  const names = useComputed(() => {
    void queues.sampled.value;
    void queues.names.value;
    return busiest(queues.rows().values(), SHOWN).join("\n"); // a text: the same names draw nothing
  }).value;
  return (
    <section class="panel busiest" aria-labelledby="busiest-title" data-testid="busiest">
      <div class="panel-head">
        <h2 id="busiest-title">Busiest queues</h2>
        <a href={href(["queues"], { sort: "publish" })}>All queues</a>
      </div>
      <table class="plain-table">
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col" class="number">
              Publish/s
            </th>
            <th scope="col" class="number">
              Deliver/s
            </th>
            <th scope="col" class="number">
              Depth
            </th>
            <th scope="col" class="trend">
              60 s
            </th>
          </tr>
        </thead>
        <tbody>
          {names !== "" && names.split("\n").map((name) => <Row key={name} workspace={workspace} name={name} />)}
        </tbody>
      </table>
      {names === "" && (
        <p class="muted">
          No queues yet. <a href={href(["queues"], { create: "1" })}>Create one</a>, or publish to{" "}
          <code>/queue/NAME</code>.
        </p>
      )}
    </section>
  );
}

function Row({ workspace, name }: { workspace: Workspace; name: string }) {
  const { queues, vhost } = workspace;
  const row = useComputed(() => queues.row(name)).value;
  if (!row) return null;
  return (
    <tr>
      <th scope="row">
        <a href={href(["queues", vhost, name])} title={name}>
          {name}
        </a>
      </th>
      <Number text={formatRate(publishRate(row))} />
      <Number text={formatRate(deliverRate(row))} />
      <Number text={formatCount(depthOf(row))} />
      <td class="numbers">
        <Sparkline feed={queues} name={name} />
      </td>
    </tr>
  );
}

function Number({ text }: { text: string }) {
  return <td class={text === "0" ? "number numbers zero" : "number numbers"}>{text}</td>;
}
