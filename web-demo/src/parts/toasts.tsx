import { dismiss, hold, letGo, toasts, undo } from "../live/toast.ts";
import { Icon } from "./icon.tsx";

/** Where notes appear; a screen reader says them as they come. */
export function Toasts() {
  return (
    <div
      class="toasts"
      role="status"
      aria-label="Notes"
      onPointerEnter={hold}
      onPointerLeave={letGo}
      onFocusIn={hold}
      onFocusOut={letGo}
    >
      {toasts.value.map((one) => (
        <div key={one.id} class="toast" data-kind={one.kind} data-testid="toast">
          <p>{one.text}</p>
          {one.undo && (
            <button type="button" class="small" data-testid="undo" onClick={() => void undo(one)}>
              Undo
            </button>
          )}
          <button type="button" class="plain" aria-label="Dismiss" onClick={() => dismiss(one.id)}>
            <Icon name="close" />
          </button>
        </div>
      ))}
    </div>
  );
}
