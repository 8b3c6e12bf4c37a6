import type { Node } from "../../api/nodes.ts";
import { HIGH } from "../../live/attention.ts";
import type { Workspace } from "../../live/workspace.ts";
import { formatCount, formatDuration, formatOctets } from "../../parts/format.ts";
import { Meter } from "../../parts/meter.tsx";

export function NodePanel({ workspace }: { workspace: Workspace }) {
  const node = workspace.overview.node.value;
  const facts = workspace.overview.facts.value;
  const uptime = node?.uptime ?? facts?.uptime;
  return (
    <section class="panel node" aria-labelledby="node-title" data-testid="node">
      <div class="panel-head">
        <h2 id="node-title">Node</h2>
        <span class="muted object-name">{node?.name ?? facts?.node}</span>
      </div>
      <Limits node={node} />
      <dl class="fact-grid">
        <Fact label="Up for" value={uptime === undefined ? null : formatDuration(uptime)} live />
        <Fact label="Version" value={node?.version ?? facts?.product_version ?? null} />
        <Fact label="Engine" value={facts?.engine ?? null} />
        <Fact label="Processors" value={node?.processors === undefined ? null : formatCount(node.processors)} />
        <Fact label="Process" value={node?.os_pid ?? null} />
        <Fact label="Sockets" value={node?.sockets_used === undefined ? null : formatCount(node.sockets_used)} live />
      </dl>
    </section>
  );
}

function Limits({ node }: { node: Node | null }) {
  return (
    <div class="meters">
      <Meter
        label="Messages in memory"
        used={node?.message_memory_used ?? null}
        limit={node?.message_memory_limit ?? null}
        highFrom={HIGH}
        format={formatOctets}
        testId="message-memory"
      />
      <Meter label="Process memory" used={node?.mem_used ?? null} limit={node?.mem_limit ?? null} format={formatOctets} testId="process-memory" />
      <Meter label="File descriptors" used={node?.fd_used ?? null} limit={node?.fd_total ?? null} format={formatCount} testId="files" />
      <Disk node={node} />
    </div>
  );
}

/** Without a store there is no disk to watch; said, so that nobody takes a missing bar for an empty disk. */
function Disk({ node }: { node: Node | null }) {
  if (node?.disk_free === undefined) {
    return (
      <div class="meter" data-level="none" data-testid="disk">
        <p>
          <span>Disk</span>
          <span class="numbers">not used</span>
        </p>
        <p class="muted note">This gateway keeps messages in memory: they end with the process.</p>
      </div>
    );
  }
  return (
    <div class="meter" data-level={node.disk_free_alarm ? "full" : "fine"} data-testid="disk">
      <p>
        <span>Disk free</span>
        <span class="numbers">{formatOctets(node.disk_free)}</span>
      </p>
      <p class="muted note">
        {node.disk_free_limit === undefined
          ? "Publishers are blocked when it is full."
          : `Publishers are blocked below ${formatOctets(node.disk_free_limit)}.`}
      </p>
    </div>
  );
}

function Fact({ label, value, live = false }: { label: string; value: string | null; live?: boolean }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd class={live ? "numbers" : undefined}>{value ?? "–"}</dd>
    </div>
  );
}
