// Where things are. Every other script asks here, so that none depends on the folder it was started from.
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../", import.meta.url));
export const build = join(root, "build");
export const extensionDir = join(root, "dist", "extension");
export const engineDir = join(build, "engine", "simd");
export const cargoTarget = process.env.CARGO_TARGET_DIR ?? join(root, "target");
export const screenshots = join(build, "screenshots");

/** Tools built from source are kept outside the clone: they take minutes, and every clone needs the same ones. */
export const toolCache = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "chord", "tools");

/** Real test data beside the clone. It is not part of the repository; whatever needs it says so and skips. */
export const fixtures = join(root, "..", "shared", "fixtures");
