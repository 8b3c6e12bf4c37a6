// What the palette finds.

import type { Session } from "../live/session.ts";
import type { Workspace } from "../live/workspace.ts";
import { href, navigate } from "../route/route.ts";
import { type Command, offeredCommands } from "./commands.ts";
import { sectionsFor } from "./sections.ts";
import { helpOpen } from "./shortcuts-help.tsx";
import { chooseTheme, THEMES } from "./theme.ts";

/** More of one kind are not read, and drawing thousands of them would be felt at every key. */
const LIMIT = 20;
/** Nobody looks for the queues of subscriptions by their names. */
const SUBSCRIPTION = "stomp-subscription-";

export function findCommands(text: string, session: Session, workspace: Workspace): Command[] {
  const words = text.trim().toLowerCase().split(/\s+/);
  const matches = ({ label, hint = "" }: Command) => {
    const searched = `${label} ${hint}`.toLowerCase();
    return words.every((word) => searched.includes(word));
  };
  const commands = [...pages(workspace), ...offeredCommands(), ...actions(session, workspace)].filter(matches);
  if (text.trim() === "") return commands;
  return [...commands, ...objects(workspace, words[words.length - 1]!)];
}

function pages({ identity }: Workspace): Command[] {
  return sectionsFor(identity.rights).map(({ name, label, href, key }) => ({
    id: `page-${name}`,
    label,
    hint: `page, g ${key}`,
    run: () => navigate(href),
  }));
}

function actions(session: Session, workspace: Workspace): Command[] {
  return [
    { id: "create-queue", label: "Create a queue", run: () => navigate(href(["queues"], { create: "1" })) },
    { id: "create-stream", label: "Create a stream", run: () => navigate(href(["queues"], { create: "stream" })) },
    ...administration(workspace),
    ...vhosts(workspace),
    ...THEMES.map((theme) => ({ id: `theme-${theme}`, label: `Theme: ${theme}`, run: () => chooseTheme(theme) })),
    { id: "shortcuts", label: "Show the shortcuts", hint: "?", run: () => (helpOpen.value = true) },
    { id: "sign-out", label: "Sign out", run: () => session.signOut() },
  ];
}

function administration({ identity }: Workspace): Command[] {
  if (!identity.rights.administration) return [];
  return [
    { id: "create-webhook", label: "Create a webhook", run: () => navigate(href(["webhooks"], { create: "1" })) },
    { id: "create-hook", label: "Create an inbound hook", run: () => navigate(href(["hooks"], { create: "1" })) },
    { id: "create-user", label: "Create a user", run: () => navigate(href(["users"], { create: "1" })) },
    { id: "create-vhost", label: "Create a vhost", run: () => navigate(href(["vhosts"], { create: "1" })) },
  ];
}

function vhosts({ identity, vhost }: Workspace): Command[] {
  const others = identity.vhosts.value.filter((name) => name !== vhost);
  return others.map((name) => ({ id: `vhost-${name}`, label: `Work in vhost ${name}`, run: () => identity.exits.switchTo(name) }));
}

function objects(workspace: Workspace, word: string): Command[] {
  return [
    ...found(workspace.queues.names.value, word, (name) => {
      const kind = workspace.queues.peek(name)?.stream ? "stream" : "queue";
      return link(kind, name, ["queues", workspace.vhost, name]);
    }),
    ...found(workspace.exchanges.names.value, word, (name) => {
      const shown = name === "" ? "amq.default" : name;
      return link("exchange", shown, ["exchanges", workspace.vhost, shown]);
    }),
  ];
}

function link(kind: string, name: string, path: string[]): Command {
  return { id: `${kind}-${name}`, label: name, hint: kind, run: () => navigate(href(path)) };
}

/** Names that begin with the word come first. */
function found(names: readonly string[], word: string, command: (name: string) => Command): Command[] {
  const starts: string[] = [];
  const contains: string[] = [];
  for (const name of names) {
    if (name.startsWith(SUBSCRIPTION)) continue;
    const place = name.toLowerCase().indexOf(word);
    if (place === 0) starts.push(name);
    else if (place > 0 && contains.length < LIMIT) contains.push(name);
    if (starts.length === LIMIT) break;
  }
  return [...starts, ...contains].slice(0, LIMIT).map(command);
}
