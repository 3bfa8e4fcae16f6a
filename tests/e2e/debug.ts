// Code run inside parts that Playwright does not show: the offscreen document and the engine worker.
import type { CDPSession } from "@playwright/test";

interface Target {
  targetId: string;
  type: string;
  url: string;
}

export async function targets(cdp: CDPSession): Promise<Target[]> {
  const { targetInfos } = await cdp.send("Target.getTargets", { filter: [{}] });
  return targetInfos;
}

/** Runs an expression in the one target that `matches`, and resolves when it has run. */
export async function evaluateIn(
  cdp: CDPSession,
  matches: (target: Target) => boolean,
  expression: string,
): Promise<void> {
  const found = (await targets(cdp)).filter(matches);
  if (found.length !== 1) throw new Error(`${found.length} targets match`);
  // Playwright's connection knows no sessions but its own, so messages to this one travel inside messages to the browser.
  const { sessionId } = await cdp.send("Target.attachToTarget", { targetId: found[0]?.targetId ?? "", flatten: false });
  const answered = new Promise<void>((resolve) => {
    const receive = (event: { sessionId: string; message: string }) => {
      if (event.sessionId !== sessionId || JSON.parse(event.message).id !== 1) return;
      cdp.off("Target.receivedMessageFromTarget", receive);
      resolve();
    };
    cdp.on("Target.receivedMessageFromTarget", receive);
  });
  const message = JSON.stringify({ id: 1, method: "Runtime.evaluate", params: { expression } });
  await cdp.send("Target.sendMessageToTarget", { sessionId, message });
  await answered;
  await cdp.send("Target.detachFromTarget", { sessionId }).catch(() => {}); // gone with what it was attached to
}

/** The engine's worker: the only dedicated worker of this browser. (Its address is not known to the debugger.) */
export const isEngineWorker = (target: Target) => target.type === "worker";
