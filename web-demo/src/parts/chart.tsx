// Lines over time: the values under the pointer are written above them, and the picture can be held.

import { type ReadonlySignal, type Signal, useComputed, useSignal, useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { type Columns, since } from "../live/timeline.ts";
import { type ChartLine, followSurroundings, optionsFor } from "./chart-options.ts";
import { formatTime } from "./format.ts";
import { Icon } from "./icon.tsx";

export type { ChartLine } from "./chart-options.ts";

interface Props {
  /** What it shows, for those who do not see it. */
  label: string;
  /** One for each column behind the times. */
  lines: readonly ChartLine[];
  columns: ReadonlySignal<Columns>;
  /** How far back it reaches. */
  seconds: number;
  /** Held by whoever else shares the signal too. */
  paused?: Signal<boolean>;
  testId?: string;
}

/** The place of the pointer among the samples; null when it is elsewhere. */
type Place = number | null;

export function Chart({ label, lines, columns, seconds, paused: shared, testId }: Props) {
  const own = useSignal(false);
  const paused = shared ?? own;
  const held = useSignal<Columns | null>(null);
  const place = useSignal<Place>(null);
  useSignalEffect(() => {
    held.value = paused.value ? columns.peek() : null;
  });
  const shown = useComputed(() => {
    const all = held.value ?? columns.value;
    return since(all, (all[0].at(-1) ?? 0) - seconds);
  });
  return (
    <figure class="chart-box" data-paused={paused}>
      <Legend lines={lines} columns={shown} place={place} paused={paused} label={label} seconds={seconds} />
      <Plot key={seconds} label={label} lines={lines} columns={shown} seconds={seconds} place={place} testId={testId} />
    </figure>
  );
}

interface LegendProps {
  lines: readonly ChartLine[];
  columns: ReadonlySignal<Columns>;
  place: ReadonlySignal<Place>;
  paused: Signal<boolean>;
  label: string;
  seconds: number;
}

/** Names the lines with their values: those under the pointer, else the newest. */
function Legend({ lines, columns, place, paused, label, seconds }: LegendProps) {
  const [times, ...values] = columns.value;
  const index = place.value ?? times.length - 1;
  const time = times[index];
  const hovering = place.value !== null && time !== undefined;
  return (
    <figcaption class="legend">
      {lines.map((line, column) => (
        <span key={line.label} class="key" data-colour={line.colour}>
          {line.label}
          <b class="numbers">{written(values[column]?.[index], line)}</b>
        </span>
      ))}
      <span class="muted when">
        {hovering ? formatTime(new Date(time * 1000)) : paused.value ? "paused" : spanText(seconds)}
      </span>
      <button
        type="button"
        class="plain"
        data-testid="chart-pause"
        aria-pressed={paused.value}
        aria-label={`${paused.value ? "Go on drawing" : "Pause"}: ${label}`}
        title={paused.value ? "Go on drawing" : "Pause the chart"}
        onClick={() => (paused.value = !paused.peek())}
      >
        <Icon name={paused.value ? "play" : "pause"} />
      </button>
    </figcaption>
  );
}

function written(value: number | null | undefined, line: ChartLine): string {
  return value === null || value === undefined ? "–" : line.format(value);
}

function spanText(seconds: number): string {
  return seconds < 120 ? `last ${seconds} s` : `last ${seconds / 60} min`;
}

interface PlotProps {
  label: string;
  lines: readonly ChartLine[];
  columns: ReadonlySignal<Columns>;
  seconds: number;
  place: Signal<Place>;
  testId?: string | undefined;
}

function Plot({ label, lines, columns, seconds, place, testId }: PlotProps) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);

  useEffect(() => {
    const target = box.current!;
    const options = optionsFor(target, lines, seconds, (index) => (place.value = index));
    const made = new uPlot(options, dataOf(columns.peek()), target);
    plot.current = made;
    const stop = followSurroundings(made, target);
    return () => {
      stop();
      made.destroy();
      plot.current = null;
    };
  }, []);

  useSignalEffect(() => plot.current?.setData(dataOf(columns.value)));

  return <div ref={box} class="chart numbers" role="img" aria-label={label} data-testid={testId} />;
}

function dataOf(columns: Columns): uPlot.AlignedData {
  return columns as unknown as uPlot.AlignedData;
}
