// Which rows of a long table are in the document: those in sight and some around them.

import { useSignal } from "@preact/signals";
import { useLayoutEffect } from "preact/hooks";

/** Up to here all rows are there, for the browser's own search as well. */
const WHOLE_UP_TO = 200;
const AROUND = 20;
/** Before a row has been measured. */
const ROW_HEIGHT_PX = 36;

export interface RowWindow {
  from: number;
  to: number;
  /** Heights, in pixels, of what is left out. */
  above: number;
  below: number;
  follow: () => void;
}

export function useRowWindow(box: { current: HTMLElement | null }, count: number): RowWindow {
  const first = useSignal(0);
  const visible = useSignal(50);
  const height = useSignal(ROW_HEIGHT_PX);

  const follow = () => {
    const element = box.current;
    if (!element || count <= WHOLE_UP_TO) return;
    height.value = element.querySelector<HTMLElement>("tr[data-name]")?.offsetHeight || ROW_HEIGHT_PX;
    // In steps, so that scrolling a little draws nothing.
    first.value = stepped(element.scrollTop / height.value);
    visible.value = stepped(element.clientHeight / height.value) + 10;
  };
  useLayoutEffect(follow, [count]);

  if (count <= WHOLE_UP_TO) return { from: 0, to: count, above: 0, below: 0, follow };
  const from = Math.min(Math.max(0, first.value - AROUND), count);
  const to = Math.min(count, first.value + visible.value + AROUND);
  return { from, to, above: from * height.value, below: (count - to) * height.value, follow };
}

function stepped(rows: number): number {
  return Math.floor(rows / 10) * 10;
}
