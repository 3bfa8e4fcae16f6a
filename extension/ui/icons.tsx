// Our own icons, drawn on a 16-pixel grid. Each stands beside a label or has one for screen readers.

export const PATHS = {
  send: "M8 13V3.5M4 7.5 8 3.5l4 4",
  stop: "M4 4h8v8H4z",
  plus: "M8 3.5v9M3.5 8h9",
  sliders: "M2.5 5h6M12 5h1.5M2.5 11H4M7.5 11h6M8.5 3.2v3.6h3.5V3.2zM4 9.2v3.6h3.5V9.2z",
  copy: "M5.5 5.5h7v8h-7zM10.5 5.5V2.5h-7v8h2",
  check: "M3 8.5l3.2 3.2L13 4.5",
  close: "M4 4l8 8M12 4l-8 8",
  down: "M4 6.5l4 4 4-4",
  pencil: "M3 13l.6-2.8L10.8 3l2.2 2.2-7.2 7.2zM9.5 4.3l2.2 2.2",
  braces:
    "M6 2.5c-2 0-2 1-2 2.5s0 2.5-1.5 3C4 8.5 4 9.5 4 11s0 2.5 2 2.5M10 2.5c2 0 2 1 2 2.5s0 2.5 1.5 3C12 8.5 12 9.5 12 11s0 2.5-2 2.5",
  branch: "M4.5 4.5v7M4.5 8h4a3 3 0 0 0 3-3v-.5M3 3h3v1.5H3zM3 11.5h3V13H3zM10 3h3v1.5h-3z",
  undo: "M3 8a5 5 0 1 0 1.6-3.7M3 2.5v3h3",
  retry: "M13 8a5 5 0 1 1-1.6-3.7M13 2.5v3h-3",
  bin: "M3 4.5h10M6.5 4.5v-2h3v2M4.5 4.5l.5 9h6l.5-9M6.8 7v4M9.2 7v4",
  file: "M4 2.5h5l3 3v8H4zM9 2.5v3h3",
  panel: "M2.5 3h11v10h-11zM9.5 3v10",
  page: "M3.5 2.5h9v11h-9zM5.5 5.5h5M5.5 8h5M5.5 10.5h3",
  pen: "M3 13l.6-2.8 7.6-7.6 2.2 2.2-7.6 7.6zM10 3.8l2.2 2.2",
  more: "M3.5 8h.1M8 8h.1M12.5 8h.1",
  warning: "M8 2.5l6 10.5H2zM8 6.5v3M8 11.2v.1",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon-svg" viewBox="0 0 16 16" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
