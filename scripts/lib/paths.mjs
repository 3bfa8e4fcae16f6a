// Where things are. Every other script asks here, so that none depends on the folder it was started from.
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../", import.meta.url));
export const build = join(root, "build");
export const extensionDir = join(root, "dist", "extension");
export const npmDir = join(root, "dist", "npm");
/** The engine as JavaScript has it: the loader, and a folder for each build. */
export const engineDir = join(build, "engine");
export const cargoTarget = process.env.CARGO_TARGET_DIR ?? join(root, "target");
/** What benchmarks measured: Criterion's folders, and beside them `browser/*.bench.json`. */
export const benchResults = join(cargoTarget, "criterion");
export const baselines = join(root, ".github", "benchmark-baselines.json");
export const history = join(root, ".github", "benchmark-history.jsonl");
export const screenshots = join(build, "screenshots");

// What takes minutes to build or fetch is kept outside the clone: every clone needs the same.
const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "chord");

/** Tools built from source. */
export const toolCache = join(cache, "tools");

/** Models fetched and converted by set-up. */
export const modelCache = join(cache, "models");

/** Real test data beside the clone. It is not part of the repository; whatever needs it says so and skips. */
export const fixtures = join(root, "..", "shared", "fixtures");
