// What Chord takes and what is left. (With the permission unlimitedStorage, Chrome takes nothing away by itself.)

import { useEffect, useState } from "preact/hooks";
import { bytes } from "../format";
import { t } from "../i18n";

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
      {t("options_storage", bytes(space.usage), bytes(space.free))}
    </p>
  );
}

async function look(): Promise<Space | null> {
  const { usage, quota } = await navigator.storage.estimate();
  if (usage === undefined || quota === undefined) return null;
  return { usage, free: Math.max(0, quota - usage) };
}
