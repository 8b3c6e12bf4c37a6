const CSS = `
:host {
  color-scheme: light dark;
  --surface: light-dark(#ffffff, #181f25);
  --sunken: light-dark(#f3f5f6, #10151a);
  --line: light-dark(#d8dee2, #2c363e);
  --edge: light-dark(#7f8b94, #71808b);
  --text: light-dark(#182026, #e3e9ed);
  --muted: light-dark(#55616a, #9dabb5);
  --accent: light-dark(#12506b, #7fd0e6);
  --good: light-dark(#11683a, #6fd59b);
  --warn: light-dark(#765200, #eccb6a);
  --bad: light-dark(#a8201a, #f49a93);
  --sent: light-dark(#1f6fb5, #6fb3f2);
  --received: light-dark(#b4540a, #f2a25c);
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
  display: block;
  color: var(--text);
  font: 0.8125rem / 1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
  font-variant-numeric: tabular-nums;
}
:host([hidden]), [hidden] { display: none; }
*, *::before { box-sizing: border-box; }
h2, dl, dd, pre { margin: 0; font: inherit; }
.muted { color: var(--muted); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: -2px; }
summary { cursor: pointer; }

.inspector { border: 1px solid var(--line); border-radius: 6px; background: var(--surface); overflow: hidden; }
.inspector > summary { display: flex; flex-wrap: wrap; gap: 0 0.75rem; align-items: baseline; padding: 0.5rem 0.75rem; list-style: none; }
.inspector > summary::-webkit-details-marker { display: none; }
.inspector > summary::before { content: "▸"; color: var(--muted); }
.inspector[open] > summary::before { content: "▾"; }
.state { display: inline-flex; gap: 0.375rem; align-items: baseline; font-weight: 600; color: var(--warn); }
.state::before { content: ""; align-self: center; width: 0.5rem; height: 0.5rem; border-radius: 50%; background: currentColor; }
.state[data-state="connected"] { color: var(--good); }
.state[data-state="closed"] { color: var(--bad); }
.state[data-state=""] { color: var(--muted); }
.url { font-family: var(--mono); font-size: 0.75rem; color: var(--muted); overflow-wrap: anywhere; }

dl { display: flex; flex-wrap: wrap; gap: 0.5rem 1.75rem; padding: 0.625rem 0.75rem; border-top: 1px solid var(--line); }
dt { font-size: 0.75rem; color: var(--muted); }

.scroll { overflow-x: auto; border-top: 1px solid var(--line); }
table { width: 100%; border-collapse: collapse; white-space: nowrap; }
caption { padding: 0.5rem 0.75rem 0.25rem; text-align: start; font-weight: 600; }
th, td { padding: 0.25rem 0.75rem; text-align: start; vertical-align: baseline; font-weight: 400; }
thead th { font-size: 0.75rem; color: var(--muted); }
tbody tr { border-top: 1px solid var(--line); }
tbody th { font-family: var(--mono); font-size: 0.75rem; }
.count { text-align: end; }
tr.away td:last-child { color: var(--warn); }

section { border-top: 1px solid var(--line); }
header { display: flex; gap: 0.5rem; align-items: center; padding: 0.375rem 0.75rem; }
h2 { font-weight: 600; }
header .muted { flex: 1; }
button { min-height: 1.75rem; padding: 0 0.625rem; border: 1px solid var(--edge); border-radius: 6px; background: var(--surface); color: inherit; font: inherit; cursor: pointer; }
button:hover { background: var(--sunken); }
button[aria-pressed="true"] { border-color: var(--accent); background: var(--accent); color: var(--surface); }
[role="log"] { height: 15rem; overflow: auto; padding: 0.25rem 0; border-top: 1px solid var(--line); background: var(--sunken); font: 0.75rem / 1.6 var(--mono); }
div.entry, .entry > summary { display: flex; gap: 0.625rem; padding: 0 0.75rem; list-style: none; white-space: nowrap; }
.entry > summary::-webkit-details-marker { display: none; }
.entry > summary:hover, .entry[open] { background: var(--surface); }
.entry .muted { overflow: hidden; text-overflow: ellipsis; }
.sign { flex: none; width: 1ch; text-align: center; color: var(--muted); }
[data-kind="sent"] .sign { color: var(--sent); }
[data-kind="received"] .sign { color: var(--received); }
time { color: var(--muted); }
pre { padding: 0 0.75rem 0.375rem 3.5rem; color: var(--muted); white-space: pre-wrap; overflow-wrap: anywhere; }
@media (pointer: coarse) { button { min-height: 2.75rem; } }
`;

let sheet: CSSStyleSheet | undefined;

/** The style of all inspectors of a page. No style element, which a page's policy may forbid. */
export function style(): CSSStyleSheet {
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(CSS);
  }
  return sheet;
}
