// The offer to have the assistant always at hand on this site: the bubble beside a selection. Chrome asks whether Chord may.

import { useEffect, useState } from "preact/hooks";
import { call } from "../client";
import { t } from "../i18n";
import { changeSites, hostOf, patternOf, readSites, showAgain } from "../sites";

type State = "unknown" | "offered" | "on" | "there";

export function AlwaysHere({ host }: { host: string }) {
  const [state, setState] = useState<State>("unknown");
  const site = hostOf(host);
  useEffect(() => {
    if (site) void isThere(site).then((there) => setState(there ? "there" : "offered"));
  }, [site]);
  if (!site || state === "unknown" || state === "there") return null;

  async function turnOn(event: MouseEvent): Promise<void> {
    if (!event.isTrusted || !site) return;
    // Chrome asks only in answer to a click, so nothing is awaited first. It may refuse in a frame; it does not in the options.
    const asked = chrome.permissions.request({ origins: [patternOf(site)] });
    const given = await asked.catch(() => call({ type: "options.open" }).then(() => false));
    if (!given) return;
    await changeSites((sites) => showAgain(site)({ ...sites, bubble: true }));
    setState("on");
  }
  return (
    <p class="always" role="status">
      {state === "on" ? (
        t("panel_always_on", site)
      ) : (
        <button type="button" class="button quiet" title={t("panel_always_help", site)} onClick={turnOn}>
          {t("panel_always")}
        </button>
      )}
    </p>
  );
}

async function isThere(site: string): Promise<boolean> {
  const [given, { bubble, hidden }] = await Promise.all([
    chrome.permissions.contains({ origins: [patternOf(site)] }),
    readSites(),
  ]);
  return given && bubble && !hidden.includes(site);
}
