import { PageHead } from "../../parts/page-head.tsx";
import { PublishPanel } from "../../parts/publish-panel.tsx";
import { SubscribePanel } from "../../parts/subscribe-panel.tsx";
import type { PageProps } from "../../shell/page-props.ts";
import "../../style/panels.css";

export function PlaygroundPage({ workspace }: PageProps) {
  return (
    <div class="page">
      <PageHead title="Playground" />
      <PublishPanel workspace={workspace} />
      <SubscribePanel workspace={workspace} />
    </div>
  );
}
