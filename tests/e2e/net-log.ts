// Chromium's own log of its network stack: whatever any of its processes asks for is in there, from pages, workers, the
// service worker and the extension alike.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Chrome, launchChrome } from "../../scripts/lib/chrome.mjs";

interface NetLog {
  constants: { logEventTypes: Record<string, number> };
  events: { type: number; params?: { url?: string; method?: string; initiator?: string } }[];
}

export interface Recorded {
  method: string;
  url: string;
}

// The browser's updater and its sign-in check run whatever is loaded; nobody's page or extension asked for them.
const BROWSERS_OWN = /^https?:\/\/(update\.googleapis\.com|accounts\.google\.com)\//;

/** Everything that is asked for over a network while `body` works with a browser of its own. */
export async function recordRequests(
  body: (chrome: Chrome) => Promise<void>,
  settings: { extension?: string } = {},
): Promise<Recorded[]> {
  const folder = mkdtempSync(join(tmpdir(), "chord-netlog-"));
  const file = join(folder, "net.json");
  try {
    const chrome = await launchChrome({
      path: process.env.CHORD_E2E_BROWSER ?? "",
      headless: true,
      args: [`--log-net-log=${file}`, "--net-log-capture-mode=IncludeSensitive"],
      ...settings,
    });
    try {
      await body(chrome);
    } finally {
      await chrome.close(); // the log is whole when the browser has ended
    }
    const log: NetLog = JSON.parse(readFileSync(file, "utf8"));
    const start = log.constants.logEventTypes.URL_REQUEST_START_JOB;
    return log.events.flatMap(({ type, params: { url = "", method = "", initiator = "" } = {} }) => {
      if (type !== start || !/^(https?|wss?):/.test(url)) return [];
      return initiator === "not an origin" && BROWSERS_OWN.test(url) ? [] : [{ method, url }];
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
