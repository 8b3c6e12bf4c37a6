import { PageHead } from "../../parts/page-head.tsx";
import type { PageProps } from "../../shell/page-props.ts";

export function QueuePage({ params }: PageProps) {
  return (
    <div class="page">
      <PageHead title={params["name"] ?? "Queue"} />
    </div>
  );
}
