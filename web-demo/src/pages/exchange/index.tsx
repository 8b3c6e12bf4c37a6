import { PageHead } from "../../parts/page-head.tsx";
import type { PageProps } from "../../shell/page-props.ts";

export function ExchangePage({ params }: PageProps) {
  return (
    <div class="page">
      <PageHead title={params["name"] ?? "Exchange"} />
    </div>
  );
}
