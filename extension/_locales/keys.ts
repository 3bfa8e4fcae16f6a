// The messages there are, by the English files. Types alone: the bundles have none of it.

type Keys<T> = keyof T & string;

export type MessageKey = Keys<typeof import("./en/common.json")>;
