// A script's way into a page, right after the gesture that lets it in.

// How long to wait before each new try, in ms: a round trip through another process, on a machine that may be busy.
const PAUSES = [10, 30, 80, 200, 500];

/**
 * Runs `file` in a frame. Rejects where no script may run.
 *
 * Chrome gives activeTab in two steps: the extension has it at once, and the page's own process hears of it after a round
 * trip through the network service (its `ActiveTabPermissionGranter`). A script that comes in between is turned away, though
 * it may run.
 */
export async function enter(tabId: number, frameId: number, file: string): Promise<void> {
  const run = () => chrome.scripting.executeScript({ target: { tabId, frameIds: [frameId] }, files: [file] });
  try {
    await run();
  } catch (error) {
    if (!(await isOpen(tabId))) throw error;
    await run(); // turned away again: a frame of another site
  }
}

/** Whether a page takes scripts, if it does so in a moment. */
async function isOpen(tabId: number): Promise<boolean> {
  // A tab's address is told to those who have access, whatever its page has heard of that by now.
  const { url = "" } = await chrome.tabs.get(tabId);
  if (!/^(https?|file):/.test(url)) return false;
  const target = { tabId, frameIds: [0] };
  for (const pause of PAUSES) {
    await new Promise((resolve) => setTimeout(resolve, pause));
    const entered = await chrome.scripting.executeScript({ target, func: () => true }).catch(() => []);
    if (entered.length > 0) return true;
  }
  return false;
}
