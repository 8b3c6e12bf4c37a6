import { TAG_MEANINGS, TAGS } from "../../live/identity/rights.ts";
import { joinTags } from "../../live/access/tags.ts";
import { InputField } from "../../parts/input-field.tsx";

/** The tags of a user: those that open the dashboard to choose from, and any others as text. */
export function TagFields({ tags, testId }: { tags: readonly string[]; testId: string }) {
  const others = tags.filter((tag) => !TAGS.some((known) => known === tag));
  return (
    <>
      <fieldset>
        <legend>Tags: what the dashboard and its API show</legend>
        {TAGS.map((tag) => (
          <label key={tag} class="check noted">
            <input type="checkbox" name="tag" value={tag} defaultChecked={tags.includes(tag)} data-testid={`${testId}-tag-${tag}`} />
            <span>
              {tag}
              <small>{TAG_MEANINGS[tag]}</small>
            </span>
          </label>
        ))}
      </fieldset>
      <InputField
        testId={testId}
        name="other-tags"
        label="Other tags"
        defaultValue={others.join(", ")}
        note="Between commas. They mean something to you alone. Without any tag a user publishes and subscribes, and has no dashboard."
      />
    </>
  );
}

/** What the fields say. */
export function tagsOf(form: FormData): string[] {
  return joinTags(form.getAll("tag").map(String), String(form.get("other-tags") ?? ""));
}
