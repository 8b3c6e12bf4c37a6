import { readOrigins, writeOrigins } from "../../live/access/origins.ts";
import { readTags } from "../../live/access/tags.ts";
import type { VhostDefinition, VhostRow } from "../../api/vhosts.ts";
import { InputField } from "../../parts/input-field.tsx";

/** What a vhost says of itself. */
export function VhostFields({ row, testId }: { row: VhostRow | null; testId: string }) {
  return (
    <>
      <InputField testId={testId} name="description" label="Description" defaultValue={row?.description ?? ""} />
      <InputField testId={testId} name="tags" label="Tags" defaultValue={row?.tags?.join(", ") ?? ""} note="Between commas. They mean something to you alone." />
      <InputField
        testId={testId}
        name="origins"
        label="Allowed origins"
        defaultValue={writeOrigins(row?.allowed_origins)}
        placeholder="https://shop.example"
        note={
          <>
            Other sites whose pages may use it, between commas; <code>none</code> lets no other site in. Empty: those of <code>http.allowed_origins</code>.
          </>
        }
      />
      <label class="check noted">
        <input type="checkbox" name="narrow" value="yes" defaultChecked={row?.narrow_subscriptions ?? false} data-testid={`${testId}-narrow`} />
        <span>
          Narrow subscriptions
          <small>One with a wildcard gets what its reader may read. Otherwise it is refused where that is not everything.</small>
        </span>
      </label>
    </>
  );
}

/** What the fields say. */
export function definitionOf(given: (field: string) => string): VhostDefinition {
  return {
    description: given("description").trim(),
    tags: readTags(given("tags")),
    allowed_origins: readOrigins(given("origins")),
    narrow_subscriptions: given("narrow") !== "",
  };
}
