// What an exchange is called, and the short marks beside its name.

import { type ExchangeRow, isBuiltIn } from "../../api/exchanges.ts";

/** The default exchange has no name of its own. */
export function ExchangeName({ name }: { name: string }) {
  return <>{name || "(default exchange)"}</>;
}

export function ExchangeTags({ row }: { row: ExchangeRow }) {
  const alternate = row.arguments?.["alternate-exchange"];
  return (
    <>
      {row.durable && !isBuiltIn(row) && <Tag text="D" title="Durable: survives a restart" />}
      {row.internal && <Tag text="server" title="Only the gateway publishes to it" />}
      {alternate && <Tag text="AE" title={`What it cannot route goes to ${alternate}`} />}
    </>
  );
}

function Tag({ text, title }: { text: string; title: string }) {
  return (
    <span class="tag" title={title}>
      <span aria-hidden="true">{text}</span>
      <span class="visually-hidden">{title}</span>
    </span>
  );
}
