// Publish and deliver rates over the last two minutes.

import { type ReadonlySignal, useSignal, useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { CHART_SECONDS, type Series } from "../live/rates.ts";
import { formatCompact, formatRate, formatTime } from "./format.ts";

interface Point {
  time: number;
  publish: number | null;
  deliver: number | null;
}

const AXIS_STEP_SECONDS = 30;

export function RatesChart({ series }: { series: ReadonlySignal<Series> }) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const hovered = useSignal<Point | null>(null);

  useEffect(() => {
    const target = box.current!;
    const made = new uPlot(optionsFor(target, (point) => (hovered.value = point)), series.peek(), target);
    plot.current = made;
    const stop = followSurroundings(made, target);
    return () => {
      stop();
      made.destroy();
      plot.current = null;
    };
  }, []);

  useSignalEffect(() => plot.current?.setData(series.value));

  return (
    <div class="rates">
      <Legend point={hovered} />
      <div
        ref={box}
        class="chart numbers"
        role="img"
        aria-label="Publish and deliver rates of all queues over the last two minutes"
        data-testid="rates-chart"
      />
    </div>
  );
}

/** Names the lines, and while the pointer is over the chart gives their values there. */
function Legend({ point }: { point: ReadonlySignal<Point | null> }) {
  const at = point.value;
  return (
    <p class="legend" aria-hidden="true">
      <span class="key publish">publish/s</span>
      <span class="value">{at && written(at.publish)}</span>
      <span class="key deliver">deliver/s</span>
      <span class="value">{at && written(at.deliver)}</span>
      <span class="muted">{at ? formatTime(new Date(at.time * 1000)) : "last two minutes"}</span>
    </p>
  );
}

function written(rate: number | null): string {
  return rate === null ? "no data" : formatRate(rate);
}

function optionsFor(target: HTMLElement, hover: (point: Point | null) => void): uPlot.Options {
  return {
    width: target.clientWidth,
    height: target.clientHeight,
    padding: [8, 12, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false } },
    scales: {
      x: { time: false, range: (_, __, max) => [max - CHART_SECONDS, max] },
      // Rates start at zero and an idle chart is flat at the bottom, not a line in the middle.
      y: { range: (_, __, max) => [0, Math.max(1, (max ?? 0) * 1.1)] },
    },
    series: [{}, line("--publish"), line("--deliver")],
    axes: [timeAxis(), rateAxis()],
    hooks: { setCursor: [(plot) => hover(pointAt(plot))] },
  };
}

function line(colour: string): uPlot.Series {
  return { stroke: () => token(colour), width: 1.5, points: { show: false } };
}

function timeAxis(): uPlot.Axis {
  return {
    ...axis(),
    size: 20,
    splits: (_, __, min, max) => {
      const steps = CHART_SECONDS / AXIS_STEP_SECONDS;
      return Array.from({ length: steps + 1 }, (_unused, step) => min + ((max - min) * step) / steps);
    },
    values: (plot, splits) => {
      const now = plot.scales["x"]?.max ?? 0;
      return splits.map((split) => (split >= now ? "now" : `${Math.round(split - now)} s`));
    },
  };
}

function rateAxis(): uPlot.Axis {
  return { ...axis(), size: 44, space: 32, values: (_, splits) => splits.map(formatCompact) };
}

function axis(): uPlot.Axis {
  const stroke = () => token("--line");
  return {
    stroke: () => token("--muted"),
    font: `11px ${token("--sans")}`,
    gap: 4,
    grid: { stroke, width: 1 },
    ticks: { show: false },
  };
}

function pointAt(plot: uPlot): Point | null {
  const index = plot.cursor.idx;
  const [times, publish, deliver] = plot.data;
  if (index === null || index === undefined || times?.[index] === undefined) return null;
  return { time: times[index], publish: publish?.[index] ?? null, deliver: deliver?.[index] ?? null };
}

/** The chart is a canvas: size and colours do not follow by themselves. */
function followSurroundings(plot: uPlot, target: HTMLElement): () => void {
  const sizes = new ResizeObserver(() => {
    plot.setSize({ width: target.clientWidth, height: target.clientHeight });
  });
  sizes.observe(target);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const redraw = () => plot.redraw();
  dark.addEventListener("change", redraw);
  return () => {
    sizes.disconnect();
    dark.removeEventListener("change", redraw);
  };
}

function token(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}
