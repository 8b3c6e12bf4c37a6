// The command palette: pages, queues, exchanges and actions, found by typing a part of their names.

import { signal, useComputed, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Session } from "../live/session.ts";
import type { Workspace } from "../live/workspace.ts";
import { Dialog } from "../parts/dialog.tsx";
import { useFeed } from "../parts/use-feed.ts";
import type { Command } from "./commands.ts";
import { findCommands } from "./palette-commands.ts";

export const paletteOpen = signal(false);

export function Palette({ session, workspace }: { session: Session; workspace: Workspace }) {
  if (!paletteOpen.value) return null;
  return <OpenPalette session={session} workspace={workspace} />;
}

function OpenPalette({ session, workspace }: { session: Session; workspace: Workspace }) {
  useFeed(workspace.exchanges);
  const text = useSignal("");
  const chosen = useSignal(0);
  const commands = useComputed(() => findCommands(text.value, session, workspace)).value;
  const active = Math.min(chosen.value, commands.length - 1);
  const close = () => (paletteOpen.value = false);

  function run(command: Command | undefined): void {
    if (!command) return;
    close();
    command.run();
  }

  function press(event: KeyboardEvent): void {
    const last = commands.length - 1;
    if (event.key === "Enter") run(commands[active]);
    else if (event.key === "ArrowDown") chosen.value = active >= last ? 0 : active + 1;
    else if (event.key === "ArrowUp") chosen.value = active <= 0 ? last : active - 1;
    else if (event.key === "PageDown") chosen.value = Math.min(last, active + 8);
    else if (event.key === "PageUp") chosen.value = Math.max(0, active - 8);
    else return;
    event.preventDefault();
  }

  return (
    <Dialog title="Go to a page, queue, exchange or action" hideTitle class="palette" testId="palette" onClose={close}>
      <input
        type="search"
        list={undefined}
        role="combobox"
        aria-label="Go to a page, queue, exchange or action"
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant={active >= 0 ? `palette-${active}` : undefined}
        autocomplete="off"
        spellcheck={false}
        placeholder="Go to a page, queue, exchange or action"
        data-testid="palette-input"
        value={text}
        onInput={(event) => {
          text.value = event.currentTarget.value;
          chosen.value = 0;
        }}
        onKeyDown={press}
      />
      <Choices commands={commands} active={active} run={run} />
    </Dialog>
  );
}

interface ChoicesProps {
  commands: readonly Command[];
  active: number;
  run: (command: Command) => void;
}

function Choices({ commands, active, run }: ChoicesProps) {
  const list = useRef<HTMLUListElement>(null);
  useEffect(() => {
    list.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }, [active]);
  return (
    <>
      <ul id="palette-list" role="listbox" aria-label="Matches" ref={list}>
        {commands.map((command, index) => (
          <li
            key={command.id}
            id={`palette-${index}`}
            role="option"
            aria-selected={index === active}
            data-testid="palette-choice"
            onClick={() => run(command)}
          >
            <span class="choice">{command.label}</span>
            {command.hint && <span class="muted">{command.hint}</span>}
          </li>
        ))}
      </ul>
      {commands.length === 0 && <p class="muted">Nothing has this in its name.</p>}
    </>
  );
}
