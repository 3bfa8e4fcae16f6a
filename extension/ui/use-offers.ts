// The catalogue's models and what is known of this computer, the recommended model first.

import { useEffect, useState } from "preact/hooks";
import {
  type CatalogueModel,
  type Machine,
  type Recommendation,
  readCatalogue,
  recommend,
  thisMachine,
} from "../catalogue";
import { modelHosts } from "../hub";
import type { ModelRecord } from "../protocol";

export interface Offers {
  models: readonly CatalogueModel[];
  best: Recommendation | null;
  machine: Machine;
  /** What the extension may connect to; the first is the hub that the catalogue means. */
  hosts: readonly string[];
  hub: string;
}

/** Null until they are known. */
export function useOffers(stored: readonly ModelRecord[]): Offers | null {
  const [models, setModels] = useState<readonly CatalogueModel[]>([]);
  const [machine, setMachine] = useState<Machine | null>(null);
  useEffect(() => void readCatalogue(chrome.runtime.getURL("models.json")).then(setModels), []);
  // What is free changes with what is stored.
  useEffect(() => void thisMachine().then(setMachine), [stored]);
  if (!machine || models.length === 0) return null;
  const best = recommend(models, machine);
  const hosts = modelHosts(chrome.runtime.getManifest());
  const ordered = best ? [best.model, ...models.filter((model) => model !== best.model)] : models;
  return { models: ordered, best, machine, hosts, hub: hosts[0] ?? "" };
}
