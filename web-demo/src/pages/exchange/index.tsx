// One exchange: what goes through it, where it routes, and publishing to it.

import { type ExchangeRow, inRate, isBuiltIn, nameOfPath, outRate, pathName } from "../../api/exchanges.ts";
import type { Workspace } from "../../live/workspace.ts";
import { Chart, type ChartLine } from "../../parts/chart.tsx";
import { Elsewhere } from "../../parts/elsewhere.tsx";
import { EmptyState } from "../../parts/empty-state.tsx";
import { formatCount, formatRate } from "../../parts/format.ts";
import { Freshness } from "../../parts/freshness.tsx";
import { Icon } from "../../parts/icon.tsx";
import { PageHead } from "../../parts/page-head.tsx";
import { Stat } from "../../parts/stat.tsx";
import { Tabs } from "../../parts/tabs.tsx";
import { useFeed } from "../../parts/use-feed.ts";
import { useRowColumns } from "../../parts/use-row-columns.ts";
import { href, navigate, queryValue, setQuery } from "../../route/route.ts";
import type { PageProps } from "../../shell/page-props.ts";
import { askToDeleteExchange } from "../exchanges/removal.tsx";
import { ExchangeName, ExchangeTags } from "../exchanges/tags.tsx";
import { ExchangeBindings } from "./bindings.tsx";
import { PublishToExchange } from "./publish.tsx";
import "../../style/objects.css";

export function ExchangePage({ workspace, params }: PageProps) {
  const { exchanges, vhost } = workspace;
  useFeed(exchanges);
  const name = nameOfPath(params["name"] ?? "");
  const row = params["vhost"] === vhost ? exchanges.row(name) : undefined;
  if (row) return <ExchangeView workspace={workspace} row={row} />;
  return (
    <div class="page">
      <PageHead title={<ExchangeName name={name} />} trail={<Trail />} />
      <Missing workspace={workspace} vhost={params["vhost"] ?? ""} />
    </div>
  );
}

const RATES: readonly ChartLine[] = [
  { label: "in/s", colour: "publish", format: formatRate },
  { label: "out/s", colour: "deliver", format: formatRate },
];

const SECONDS = 120;

function ExchangeView({ workspace, row }: { workspace: Workspace; row: ExchangeRow }) {
  const rates = useRowColumns(workspace.exchanges, row.name, (row) => [inRate(row), outRate(row)]);
  const tab = queryValue("tab") === "publish" ? "publish" : "bindings";
  const alternate = row.arguments?.["alternate-exchange"];
  return (
    <div class="page">
      <PageHead
        title={
          <>
            <span class="visually-hidden">Exchange </span>
            <span class="object-name">
              <ExchangeName name={row.name} />
            </span>{" "}
            <ExchangeTags row={row} />
          </>
        }
        trail={<Trail />}
      >
        {!isBuiltIn(row) && (
          <button type="button" class="danger" data-testid="delete-exchange" onClick={() => void deleteAndLeave(workspace, row)}>
            <Icon name="trash" />
            Delete
          </button>
        )}
      </PageHead>
      <Freshness workspace={workspace} />
      <dl class="stats" data-testid="exchange-figures">
        <Stat label="Type" field="type" value={row.type} />
        <Stat label="In/s" field="in" colour="publish" value={formatRate(inRate(row))} />
        <Stat label="Out/s" field="out" colour="deliver" value={formatRate(outRate(row))} />
        <Stat label="Published" field="published" value={formatCount(row.message_stats?.publish_in ?? 0)} />
        <Stat label="Routed" field="routed" value={formatCount(row.message_stats?.publish_out ?? 0)} />
      </dl>
      {alternate && (
        <p>
          What it cannot route goes to{" "}
          <a class="object-name" href={href(["exchanges", row.vhost, pathName(alternate)])}>
            {alternate}
          </a>
          .
        </p>
      )}
      <div class="queue-charts">
        <Chart label="Messages in and out of the exchange, a second" lines={RATES} columns={rates} seconds={SECONDS} testId="exchange-rates" />
      </div>
      <Tabs
        label="More of this exchange"
        tabs={[
          { name: "bindings", label: "Bindings" },
          ...(row.internal ? [] : [{ name: "publish", label: "Publish" }]),
        ]}
        current={row.internal ? "bindings" : tab}
        onChoose={(name) => setQuery({ tab: name === "bindings" ? null : name })}
      >
        {tab === "publish" && !row.internal ? (
          <PublishToExchange workspace={workspace} row={row} />
        ) : (
          <ExchangeBindings workspace={workspace} row={row} />
        )}
      </Tabs>
    </div>
  );
}

async function deleteAndLeave(workspace: Workspace, row: ExchangeRow): Promise<void> {
  if (await askToDeleteExchange(workspace, row)) navigate(href(["exchanges"]));
}

function Trail() {
  return <a href={href(["exchanges"])}>Exchanges</a>;
}

function Missing({ workspace, vhost }: { workspace: Workspace; vhost: string }) {
  if (vhost !== workspace.vhost) {
    return (
      <Elsewhere workspace={workspace} vhost={vhost} testId="exchange-elsewhere" />
    );
  }
  if (!workspace.exchanges.complete.value) return <EmptyState title="Loading the exchange." testId="exchange-loading" />;
  return (
    <EmptyState title="There is no such exchange." testId="exchange-gone">
      It was deleted. If it comes back, this page shows it again. <a href={href(["exchanges"])}>See all exchanges</a>.
    </EmptyState>
  );
}
