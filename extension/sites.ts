// Where the assistant stands ready without being called: on sites for which the person has given Chord access, the bubble appears
// beside a selection, unless it is hidden there or everywhere. Chrome keeps the access itself; the rest is kept here.

import * as v from "valibot";

const KEY = "sites";
/** Hosts kept at most: far more than anyone hides by hand. */
const MAX_HIDDEN = 1000;

/** Access to every site, as it is asked for: `optional_host_permissions` of the manifest. */
export const EVERY_SITE = "*://*/*";

const Sites = v.object({
  /** Whether there is a bubble anywhere. */
  bubble: v.fallback(v.boolean(), true),
  /** Hosts on which there is none. */
  hidden: v.fallback(v.pipe(v.array(v.string()), v.maxLength(MAX_HIDDEN)), []),
});
export type Sites = v.InferOutput<typeof Sites>;

/** The host of an address as people type it: "example.com", "https://example.com/page"; null where it is none. */
export function hostOf(address: string): string | null {
  const text = address.trim();
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`);
  if (!url || !["http:", "https:"].includes(url.protocol) || url.hostname === "" || url.hostname.includes("*"))
    return null;
  return url.hostname;
}

/** The match pattern of a host's pages, whatever the port. */
export const patternOf = (host: string) => `*://${host}/*`;

/** The host of a match pattern ("*.example.com" among them); null where it stands for every site. */
export function hostOfPattern(pattern: string): string | null {
  const host = /^[^:]+:\/\/([^/]*)/.exec(pattern)?.[1]?.replace(/:(\d+|\*)$/, "") ?? "";
  return host === "*" || pattern === "<all_urls>" ? null : host;
}

/** What the bubble's script is registered for; null where it is for nothing. `origins`: match patterns that Chord has access to. */
export function bubbleMatches(origins: readonly string[], sites: Sites): { on: string[]; not: string[] } | null {
  const web = origins.filter((pattern) => /^(\*|https?):/.test(pattern) || pattern === "<all_urls>");
  if (!sites.bubble || web.length === 0) return null;
  const every = web.some((pattern) => hostOfPattern(pattern) === null);
  return { on: every ? [EVERY_SITE] : web, not: sites.hidden.map(patternOf) };
}

export function parseSites(stored: unknown): Sites {
  return v.parse(v.fallback(Sites, { bubble: true, hidden: [] }), stored ?? {});
}

export async function readSites(): Promise<Sites> {
  return parseSites((await chrome.storage.local.get(KEY))[KEY]);
}

// Changes are applied one after another, so that two quick ones do not overwrite each other.
let writing: Promise<unknown> = Promise.resolve();

export function changeSites(change: (sites: Sites) => Sites): Promise<void> {
  const write = async () => chrome.storage.local.set({ [KEY]: change(await readSites()) });
  const done = writing.then(write, write);
  writing = done;
  return done;
}

export const hide = (host: string) => (sites: Sites) => ({
  ...sites,
  hidden: [...sites.hidden.filter((other) => other !== host), host].slice(-MAX_HIDDEN),
});

export const showAgain = (host: string) => (sites: Sites) => ({
  ...sites,
  hidden: sites.hidden.filter((other) => other !== host),
});

/** Calls `listener` when any part of the extension changes them; returns how to stop. */
export function onSitesChanged(listener: (sites: Sites) => void): () => void {
  const heard = (changes: Record<string, chrome.storage.StorageChange>, area: string) => {
    if (area === "local" && changes[KEY]) listener(parseSites(changes[KEY].newValue));
  };
  chrome.storage.onChanged.addListener(heard);
  return () => chrome.storage.onChanged.removeListener(heard);
}
