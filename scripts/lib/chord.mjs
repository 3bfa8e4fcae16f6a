// The project's own command-line tool, built when it has to be.
import { run } from "./run.mjs";

/**
 * Runs `chord ARGS`. Without the GPU's backend, which no script needs and which takes longer to compile than all the rest.
 * @param {string[]} args
 * @param {Parameters<typeof run>[2]} [options]
 */
export const chord = (args, options) =>
  run("cargo", ["run", "--release", "-p", "wasm-chord-cli", "--no-default-features", "--", ...args], options);
