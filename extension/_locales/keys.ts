// The messages there are, by the English files. Types alone: the bundles have none of it.

type Keys<T> = keyof T & string;

export type MessageKey =
  | Keys<typeof import("./en/bubble.json")>
  | Keys<typeof import("./en/common.json")>
  | Keys<typeof import("./en/chat.json")>
  | Keys<typeof import("./en/errors.json")>
  | Keys<typeof import("./en/models.json")>
  | Keys<typeof import("./en/options.json")>
  | Keys<typeof import("./en/panel.json")>
  | Keys<typeof import("./en/sidepanel.json")>
  | Keys<typeof import("./en/sites.json")>
  | Keys<typeof import("./en/status.json")>
  | Keys<typeof import("./en/ui.json")>
  | Keys<typeof import("./en/welcome.json")>;
