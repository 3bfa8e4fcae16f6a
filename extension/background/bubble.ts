// Keeps the bubble's script where it belongs: registered for the sites that Chord has access to, less those where it is hidden.
// Chrome keeps a registration across restarts, but not across updates of the extension.

import { BUBBLE_OFF } from "../page-messages";
import { bubbleMatches, hostOf, onSitesChanged, readSites } from "../sites";

const ID = "bubble";
const SCRIPT = "bubble.js";

/** Registers the listeners; at top level, before anything is awaited. */
export function keepBubble(): void {
  chrome.runtime.onInstalled.addListener(sync);
  chrome.runtime.onStartup.addListener(sync);
  chrome.permissions.onAdded.addListener(sync);
  chrome.permissions.onRemoved.addListener(sync);
  onSitesChanged(sync);
}

// One after another: two at once would both find nothing registered.
let syncing: Promise<void> = Promise.resolve();

function sync(): void {
  syncing = syncing
    .then(putRight)
    .catch((error: unknown) => console.warn(`The bubble could not be put right: ${error}`));
}

async function putRight(): Promise<void> {
  const [{ origins = [] }, sites, [registered]] = await Promise.all([
    chrome.permissions.getAll(),
    readSites(),
    chrome.scripting.getRegisteredContentScripts({ ids: [ID] }),
  ]);
  const matches = bubbleMatches(origins, sites);
  if (matches) {
    const script: chrome.scripting.RegisteredContentScript = {
      id: ID,
      js: [SCRIPT],
      matches: matches.on,
      excludeMatches: matches.not,
      allFrames: true,
      matchOriginAsFallback: true, // editors live in frames that have no address of their own
      runAt: "document_idle",
      persistAcrossSessions: true,
    };
    await (registered
      ? chrome.scripting.updateContentScripts([script])
      : chrome.scripting.registerContentScripts([script]));
  } else if (registered) {
    await chrome.scripting.unregisterContentScripts({ ids: [ID] });
  }
  await tellOpenTabs(matches?.on ?? [], new Set(sites.hidden));
}

/** A registration is for pages that are still to come; those that are open follow here. */
async function tellOpenTabs(on: string[], hidden: ReadonlySet<string>): Promise<void> {
  const shown = on.length > 0 ? await chrome.tabs.query({ url: on }) : [];
  const ready = shown.filter(({ url = "", discarded }) => !discarded && !hidden.has(hostOf(url) ?? ""));
  const tabs = new Set(ready.map(({ id }) => id));
  for (const { id, discarded } of await chrome.tabs.query({})) {
    if (id === undefined || discarded) continue;
    // Either fails where no script of ours may be or is, and that is as well.
    const told = tabs.has(id)
      ? chrome.scripting.executeScript({ target: { tabId: id, allFrames: true }, files: [SCRIPT] })
      : chrome.tabs.sendMessage(id, { type: BUBBLE_OFF });
    told.catch(() => {});
  }
}
