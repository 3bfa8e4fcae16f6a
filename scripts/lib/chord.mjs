// The project's own command-line tool, built when it has to be.
import { run } from "./run.mjs";

/**
 * Runs `chord ARGS`. Without the GPU's backend, which no script needs and which takes longer to compile than all the rest;
 * unless CHORD_BUILT names one that was built just now, with all there is.
 * @param {string[]} args
 * @param {Parameters<typeof run>[2]} [options]
 */
export function chord(args, options) {
  const built = process.env.CHORD_BUILT;
  if (built) return run(built, args, options);
  return run("cargo", ["run", "--release", "-p", "wasm-chord-cli", "--no-default-features", "--", ...args], options);
}
