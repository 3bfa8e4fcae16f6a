// The service worker: makes sure the engine is there, opens the assistant, the side panel and the options. It carries no tokens, so that
// Chrome may stop it at any moment. Every listener is registered here, at top level, before anything is awaited.

import { openSummary } from "../beside/summary";
import { ChordError, toErrorInfo } from "../errors";
import { type Call, OFFSCREEN_READY, parseCall, type Reply } from "../protocol";
import { mayCall, surfaceOf } from "../senders";
import { changeSettings, onSettingsChanged, readSettings } from "../settings";
import { changeSites, hide, hostOf } from "../sites";
import { openAssistant } from "./assistant";
import { keepBubble } from "./bubble";
import { createMenus, isSummarizePage, menuAction } from "./menus";
import { ensureOffscreen, offscreenReady, tellOffscreen } from "./offscreen";

const ORIGIN = new URL(chrome.runtime.getURL("")).origin;

chrome.runtime.onInstalled.addListener(({ reason }) => {
  void createMenus();
  if (reason === chrome.runtime.OnInstalledReason.INSTALL) void chrome.tabs.create({ url: "welcome/index.html" });
});
chrome.runtime.onStartup.addListener(() => void createMenus());

keepBubble();
onSettingsChanged(() => void tellOffscreen());

chrome.contextMenus.onClicked.addListener((info, tab) => {
  if (isSummarizePage(info.menuItemId)) return summarize(tab);
  const action = menuAction(info.menuItemId);
  if (action !== undefined) void openAssistant(tab, action, info.frameId ?? 0, info.selectionText ?? "");
});

chrome.commands.onCommand.addListener((command, tab) => {
  if (command === "assistant") void openAssistant(tab, null, 0, "");
  if (command === "summarize") summarize(tab);
});

function summarize(tab: chrome.tabs.Tab | undefined): void {
  if (tab?.id === undefined) return;
  void openSummary(tab.id);
  void ensureOffscreen(); // by the time the panel asks, it is there
}

chrome.runtime.onMessage.addListener((message: unknown, sender, reply: (value: Reply) => void) => {
  const surface = surfaceOf(sender, chrome.runtime.id, ORIGIN);
  if (!surface) return false;
  if (surface === "page" && (message as { type?: unknown } | null)?.type === OFFSCREEN_READY) {
    offscreenReady();
    return false;
  }
  const call = parseCall(message);
  if (!call) {
    reply({ ok: false, error: { code: "bad_request", message: "unknown call" } });
    return false;
  }
  if (!mayCall(surface, call.type)) {
    reply({ ok: false, error: { code: "not_allowed", message: "" } });
    return false;
  }
  answer(call, sender).then(
    (value) => reply({ ok: true, value }),
    (error: unknown) => reply({ ok: false, error: toErrorInfo(error) }),
  );
  return true;
});

// A content script shares its process with a web page, so the stores are closed to it.
for (const area of [chrome.storage.local, chrome.storage.session]) {
  void area.setAccessLevel({ accessLevel: chrome.storage.AccessLevel.TRUSTED_CONTEXTS });
}

async function answer(call: Call, sender: chrome.runtime.MessageSender): Promise<unknown> {
  switch (call.type) {
    case "engine.ensure":
      await ensureOffscreen();
      return null;
    case "engine.retryGpu":
      await tellOffscreen(true);
      return null;
    case "options.open":
      await chrome.runtime.openOptionsPage().catch((error: unknown) => {
        throw new ChordError("internal", toErrorInfo(error).message);
      });
      return null;
    case "assistant.open":
      await openAssistant(sender.tab, null, sender.frameId ?? 0, "");
      return null;
    case "bubble.hide": {
      // A frame without an address of its own has the origin of the page that made it.
      const host = hostOf(sender.origin ?? sender.url ?? "");
      if (call.everywhere) await changeSites((sites) => ({ ...sites, bubble: false }));
      else if (host) await changeSites(hide(host));
      return null;
    }
    case "settings.read": {
      const { modelId, sampling, ownPrompts, translateTo } = await readSettings();
      return { modelId, sampling, ownPrompts, translateTo };
    }
    case "settings.translateTo":
      await changeSettings((settings) => ({ ...settings, translateTo: call.language }));
      return null;
  }
}
