// What Chord takes and what is left. (With the permission unlimitedStorage, Chrome takes nothing away by itself.)

import { useEffect, useState } from "preact/hooks";
import { bytes } from "../format";

interface Space {
  usage: number;
  free: number;
}

/** `changes`: whatever makes another look worth while. */
export function StorageLine({ changes }: { changes: unknown }) {
  const [space, setSpace] = useState<Space | null>(null);
  useEffect(() => void look().then(setSpace), [changes]);
  if (!space) return null;
  return (
    <p class="quiet-text storage" data-testid="storage">
      Chord takes {bytes(space.usage)} on this computer; {bytes(space.free)} are left for it.
    </p>
  );
}

async function look(): Promise<Space | null> {
  const { usage, quota } = await navigator.storage.estimate();
  if (usage === undefined || quota === undefined) return null;
  return { usage, free: Math.max(0, quota - usage) };
}
