import type { ExchangeRow } from "../../api/exchanges.ts";
import type { Workspace } from "../../live/workspace.ts";
import { PublishForm } from "../publish/publish-form.tsx";

const KEY_NOTES: Record<string, string> = {
  direct: "which must be exactly a binding's",
  topic: "words between dots, which patterns match",
  fanout: "which this type does not look at",
  headers: "which this type does not look at: it goes by the headers",
};

export function PublishToExchange({ workspace, row }: { workspace: Workspace; row: ExchangeRow }) {
  return (
    <PublishForm
      workspace={workspace}
      exchange={row.name}
      keyNote={row.name === "" ? "the name of a queue" : (KEY_NOTES[row.type] ?? "")}
      destination={row.name === "" ? "/queue/" : `/exchange/${encodeURIComponent(row.name)}/`}
      nobody="no queue took it."
    />
  );
}
