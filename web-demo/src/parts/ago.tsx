import { now } from "../live/clock.ts";
import { formatDuration, formatMoment } from "./format.ts";

/** How long ago a moment was; the moment itself is its title. `time` is RFC 3339, null: never. */
export function Ago({ time, never = "never" }: { time: string | null; never?: string }) {
  void now.value; // a second has passed
  if (time === null) return <span class="muted">{never}</span>;
  const moment = new Date(time);
  return (
    <time dateTime={time} title={formatMoment(moment)}>
      {agoText(Date.now() - moment.getTime())}
    </time>
  );
}

/** In its largest unit alone: a list of them is read at a glance. Clocks differ by seconds, so what is to come was just now. */
export function agoText(milliseconds: number): string {
  if (milliseconds < 1_000) return "just now";
  const [, number, unit] = /^(\d+) (\w+)/.exec(formatDuration(milliseconds)) ?? [];
  return `${number} ${unit} ago`;
}
