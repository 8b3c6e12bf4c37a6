import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";

interface Props {
  title: ComponentChildren;
  /** The title is read to those who do not see what the dialog is. */
  hideTitle?: boolean;
  class?: string;
  testId?: string;
  /** Closed only by its own buttons: what it shows is not shown again. */
  deliberate?: boolean;
  /** It was closed, by Escape too. */
  onClose: () => void;
  children: ComponentChildren;
}

/**
 * A modal dialog, open for as long as it is drawn. The browser keeps the focus inside and gives it back to where it
 * was; an element with `autofocus` gets it first.
 */
export function Dialog({ title, hideTitle = false, class: className, testId, deliberate = false, onClose, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const element = dialog.current!;
    const before = document.activeElement;
    element.showModal();
    // Removed from the document, a dialog gives nothing back by itself.
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      class={className}
      aria-labelledby={id}
      data-testid={testId}
      onClose={onClose}
      onCancel={(event) => deliberate && event.preventDefault()}
      onClick={(event) => {
        if (event.target === event.currentTarget && !deliberate) event.currentTarget.close(); // the backdrop is the dialog itself
      }}
    >
      <div class="dialog-body">
        <h2 id={id} class={hideTitle ? "visually-hidden" : undefined}>
          {title}
        </h2>
        {children}
      </div>
    </dialog>
  );
}
