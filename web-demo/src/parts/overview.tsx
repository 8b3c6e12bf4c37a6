import type { ReadonlySignal } from "@preact/signals";
import type { Link } from "../live/connection.ts";
import type { Feed } from "../live/feed.ts";
import type { Totals } from "../live/rates.ts";
import { formatCount, formatRate } from "./format.ts";
import { Freshness } from "./freshness.tsx";
import { RatesChart } from "./rates-chart.tsx";

const TOTALS: [field: keyof Totals, label: string, format: (value: number) => string][] = [
  ["ready", "ready", formatCount],
  ["unacked", "unacked", formatCount],
  ["publish", "publish/s", formatRate],
  ["deliver", "deliver/s", formatRate],
  ["consumers", "consumers", formatCount],
];

export function Overview({ feed, link }: { feed: Feed; link: ReadonlySignal<Link> }) {
  return (
    <section class="panel overview" aria-labelledby="overview-title">
      <div class="panel-head">
        <h2 id="overview-title">All queues</h2>
        <Freshness feed={feed} link={link} />
      </div>
      <TotalsStrip feed={feed} />
      <RatesChart series={feed.rates.series} />
    </section>
  );
}

function TotalsStrip({ feed }: { feed: Feed }) {
  const totals = feed.rates.totals.value;
  return (
    <dl class="totals numbers">
      {TOTALS.map(([field, label, format]) => (
        <div key={field}>
          <dt>{label}</dt>
          <dd data-testid="total" data-field={field}>
            {totals ? format(totals[field]) : "–"}
          </dd>
        </div>
      ))}
    </dl>
  );
}
