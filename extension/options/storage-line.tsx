// What the models take, what is left, and whether the browser may take them away.

import { useEffect, useState } from "preact/hooks";
import { bytes } from "../format";

interface Space {
  usage: number;
  free: number;
  persisted: boolean;
}

/** `changes`: whatever makes another look worth while. */
export function StorageLine({ changes }: { changes: unknown }) {
  const [space, setSpace] = useState<Space | null>(null);
  useEffect(() => void look().then(setSpace), [changes]);
  if (!space) return null;
  return (
    <p class="quiet-text" data-testid="storage">
      Chord takes {bytes(space.usage)} on this computer; {bytes(space.free)} are left for it.
      {!space.persisted && " Chrome may remove stored models when the disk is full."}
    </p>
  );
}

async function look(): Promise<Space | null> {
  const { usage, quota } = await navigator.storage.estimate();
  if (usage === undefined || quota === undefined) return null;
  return { usage, free: Math.max(0, quota - usage), persisted: await navigator.storage.persisted() };
}
