// Which rows of a long table are in the document: those in sight and some around them.

import { useSignal } from "@preact/signals";
import { useLayoutEffect } from "preact/hooks";

/** Up to here all rows are there, for the browser's own search as well. */
const WHOLE_UP_TO = 100;
const AROUND = 10;
/** Before a row has been measured. */
const ROW_HEIGHT_PX = 34;
/** Before the box has been measured. */
const VISIBLE_ROWS = 30;
/** In steps, so that scrolling a little draws nothing. */
const STEP = 5;

export interface RowWindow {
  from: number;
  to: number;
  /** Heights, in pixels, of what is left out. */
  above: number;
  below: number;
  /** Rows that fit into the box. */
  visible: number;
  height: number;
  follow: () => void;
}

export function useRowWindow(box: { current: HTMLElement | null }, count: number): RowWindow {
  const first = useSignal(0);
  const visible = useSignal(VISIBLE_ROWS);
  const height = useSignal(ROW_HEIGHT_PX);

  const follow = () => {
    const element = box.current;
    if (!element) return;
    height.value = element.querySelector<HTMLElement>("tr[data-name]")?.offsetHeight || ROW_HEIGHT_PX;
    first.value = Math.floor(element.scrollTop / height.value / STEP) * STEP;
    visible.value = Math.ceil(element.clientHeight / height.value / STEP) * STEP;
  };
  useLayoutEffect(() => {
    const sizes = new ResizeObserver(follow);
    if (box.current) sizes.observe(box.current);
    return () => sizes.disconnect();
  }, []);
  useLayoutEffect(follow, [count]);

  const shape = { visible: visible.value, height: height.value, follow };
  if (count <= WHOLE_UP_TO) return { ...shape, from: 0, to: count, above: 0, below: 0 };
  const from = Math.min(Math.max(0, first.value - AROUND), count);
  const to = Math.min(count, first.value + visible.value + STEP + AROUND);
  return { ...shape, from, to, above: from * height.value, below: (count - to) * height.value };
}
