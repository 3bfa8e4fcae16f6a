// The content script: injected where the person asked for the assistant, by bubble, context menu or key. It does nothing until the
// service worker's invitation arrives. Injected again, it leaves everything to the one that is already there.

import { parseInvitation } from "../page-messages";
import { mountPanel } from "./mount";
import { placeless, readSelection } from "./selection";

declare global {
  // In the extension's isolated world; the page cannot see it.
  var chordAssistant: { alive: () => boolean } | undefined;
}

if (!globalThis.chordAssistant?.alive()) start();

function start(): void {
  let remove: (() => void) | null = null;
  // Once the extension is reloaded, `id` is gone and a new script takes over.
  globalThis.chordAssistant = { alive: () => chrome.runtime?.id !== undefined };

  chrome.runtime.onMessage.addListener((message: unknown, sender) => {
    if (sender.id !== chrome.runtime.id || sender.tab) return;
    const invitation = parseInvitation(message);
    if (!invitation) return;
    const passage = readSelection() ?? placeless(invitation.text);
    remove?.();
    remove = mountPanel(passage, invitation, () => {
      remove = null;
    });
  });
}
