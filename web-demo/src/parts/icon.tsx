// Line icons on a grid of 20, in the colour of the text beside them.

const PATHS = {
  overview: "M3 16.5h14M4.5 13.5l3.5-4 3 2.5 4.5-6",
  queue: "M3 5h14M3 10h14M3 15h8",
  exchange: "M3 6.5h12m-3-3 3 3-3 3M17 13.5H5m3-3-3 3 3 3",
  connection: "M7.5 12.5l5-5M8.5 6.5l2-2a3.5 3.5 0 0 1 5 5l-2 2M11.5 13.5l-2 2a3.5 3.5 0 0 1-5-5l2-2",
  playground: "M6.5 4.2v11.6l9-5.8z",
  search: "M13 13l4 4M14.5 8.75a5.75 5.75 0 1 1-11.5 0 5.75 5.75 0 0 1 11.5 0z",
  system: "M3 4.5h14v9H3zM7 17h6M10 13.5V17",
  light: "M10 6.5a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7zM10 1.8v1.7M10 16.5v1.7M1.8 10h1.7M16.5 10h1.7M4.2 4.2l1.2 1.2M14.6 14.6l1.2 1.2M4.2 15.8l1.2-1.2M14.6 5.4l1.2-1.2",
  dark: "M16.5 11.8A7 7 0 0 1 8.2 3.5a7 7 0 1 0 8.3 8.3z",
  "sign-out": "M8 3.5H4v13h4M8 10h9m-3.5-3.5L17 10l-3.5 3.5",
  pause: "M7 4.5v11M13 4.5v11",
  play: "M6.5 4.2v11.6l9-5.8z",
  plus: "M10 4v12M4 10h12",
  trash: "M4 5.5h12M8 5.5v-2h4v2M5.5 5.5l.8 11h7.4l.8-11M8.5 8.5v5M11.5 8.5v5",
  purge: "M3.5 16.5h13M8 13.5l-3.5-3.5 6-6.5 5.5 5-5 5z",
  close: "M5 5l10 10M15 5L5 15",
  warning: "M10 3.5l7.5 13h-15zM10 8v4M10 14.2v.3",
  check: "M4 10.5l4 4 8-9",
  webhook: "M7.2 8.8a3.4 3.4 0 1 1 5.6-.1M9.9 6.6l-3.3 6.2M5 9.9a3.3 3.3 0 1 0 4.4 4.1h5.2M15 10.2a3.3 3.3 0 1 1-2.2 5.6M10 6.6l3.3 5.6",
  hook: "M16.5 12v4.5h-13V12M10 3.5v9m-3.5-3.5L10 12.5 13.5 9",
  retry: "M16 10a6 6 0 1 1-1.8-4.3M16 3.5v3.2h-3.2",
  question: "M10 2.8a7.2 7.2 0 1 1 0 14.4 7.2 7.2 0 0 1 0-14.4zM7.9 8a2.1 2.1 0 1 1 2.9 2c-.6.3-.8.7-.8 1.5M10 13.9v.2",
  off: "M10 2.8a7.2 7.2 0 1 1 0 14.4 7.2 7.2 0 0 1 0-14.4zM5 15L15 5",
  copy: "M7.5 7.5h9v9h-9zM12.5 7.5v-4h-9v9h4",
  edit: "M4 16l.8-3.4L13.6 3.8l2.6 2.6-8.8 8.8zM11.8 5.6l2.6 2.6",
  send: "M17 3L3 8.5l5.5 2.9L11.5 17zM17 3L8.5 11.4",
  vhost: "M3 3.5h14v5H3zM3 11.5h14v5H3zM6 6h.2M6 14h.2",
  user: "M10 3.2a3.4 3.4 0 1 1 0 6.8 3.4 3.4 0 0 1 0-6.8zM3.5 17c.5-3.2 3-4.8 6.5-4.8s6 1.6 6.5 4.8",
  key: "M9.2 9a3.6 3.6 0 1 1-2-2M8.5 7.6L16.5 15.6V13M13.6 12.7l-1.8 1.8",
} as const;

export type IconName = keyof typeof PATHS;

/** Says nothing to a screen reader: what it stands for is in the text or the label beside it. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 20 20" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
