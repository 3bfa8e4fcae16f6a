// The project's own command-line tool, built when it has to be.
import { run } from "./run.mjs";

/**
 * Runs `chord ARGS`, in the build that `cargo test` uses as well.
 * @param {string[]} args
 * @param {Parameters<typeof run>[2]} [options]
 */
export const chord = (args, options) =>
  run("cargo", ["run", "--release", "-p", "wasm-chord-cli", "--", ...args], options);
