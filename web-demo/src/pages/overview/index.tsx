import { PageHead } from "../../parts/page-head.tsx";
import type { PageProps } from "../../shell/page-props.ts";

export function OverviewPage(_: PageProps) {
  return (
    <div class="page">
      <PageHead title="Overview" />
    </div>
  );
}
