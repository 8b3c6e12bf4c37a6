// How a chart looks, and how it follows its surroundings.

import type uPlot from "uplot";
import { formatCompact } from "./format.ts";
import { colourOf, theme } from "./colours.ts";

export interface ChartLine {
  label: string;
  /** A token of the style sheet: `publish` for `--publish`. */
  colour: string;
  format: (value: number) => string;
}

/** Marks of the time axis; the charts are of one or of several minutes. */
const TIME_MARKS = 4;

export function optionsFor(
  target: HTMLElement,
  lines: readonly ChartLine[],
  seconds: number,
  hover: (index: number | null) => void,
): uPlot.Options {
  return {
    width: target.clientWidth,
    height: target.clientHeight,
    padding: [8, 16, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 6 } },
    scales: {
      x: { time: false, range: (_, __, max) => [max - seconds, max] },
      // Rates start at zero and an idle chart is flat at the bottom, not a line in the middle.
      y: { range: (_, __, max) => [0, Math.max(2, (max ?? 0) * 1.1)] },
    },
    series: [{}, ...lines.map(({ colour }) => drawnIn(colour))],
    axes: [timeAxis(seconds), valueAxis()],
    hooks: { setCursor: [(plot) => hover(plot.cursor.idx ?? null)] },
  };
}

function drawnIn(colour: string): uPlot.Series {
  return { stroke: () => colourOf(colour), width: 1.5, points: { show: false } };
}

function timeAxis(seconds: number): uPlot.Axis {
  return {
    ...axis(),
    size: 20,
    splits: (_, __, min, max) => Array.from({ length: TIME_MARKS + 1 }, (_unused, mark) => min + ((max - min) * mark) / TIME_MARKS),
    values: (plot, splits) => {
      const now = plot.scales["x"]?.max ?? 0;
      return splits.map((split) => (split >= now ? "now" : ago(now - split, seconds)));
    },
  };
}

function ago(distance: number, seconds: number): string {
  return seconds <= 120 ? `−${Math.round(distance)} s` : `−${Number((distance / 60).toFixed(1))} min`;
}

function valueAxis(): uPlot.Axis {
  return { ...axis(), size: 44, space: 28, values: (_, splits) => splits.map(formatCompact) };
}

function axis(): uPlot.Axis {
  return {
    stroke: () => colourOf("muted"),
    font: '11px system-ui, "Noto Sans", sans-serif',
    gap: 4,
    grid: { stroke: () => colourOf("line"), width: 1 },
    ticks: { show: false },
  };
}

/** The chart is a canvas: size and colours do not follow by themselves. */
export function followSurroundings(plot: uPlot, target: HTMLElement): () => void {
  const sizes = new ResizeObserver(() => {
    plot.setSize({ width: target.clientWidth, height: target.clientHeight });
  });
  sizes.observe(target);
  const stop = theme.subscribe(() => plot.redraw());
  return () => {
    sizes.disconnect();
    stop();
  };
}
