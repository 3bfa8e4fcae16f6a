// The commit that is compared with, checked out beside the working tree.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../lib/log.mjs";
import { build, root } from "../lib/paths.mjs";
import { capture, run } from "../lib/run.mjs";

/**
 * Where the working tree and `base` part: what `base` has gained since is not this tree's doing.
 * @param {string} base  a branch, tag or commit
 * @returns {Promise<string>} the commit
 */
export async function forkPoint(base) {
  const commit = await capture("git", ["merge-base", base, "HEAD"]);
  if (!commit)
    throw new UserError(
      `git knows no commit that "${base}" and this tree have in common; name a branch or commit (in a shallow clone, fetch all of it).`,
    );
  return commit.trim();
}

/** Checks `commit` out in build/bench/base and returns that folder. @param {string} commit */
export async function checkOut(commit) {
  const folder = join(build, "bench", "base");
  const git = async (...args) => {
    const { code, text } = await run("git", args, { output: "hide" });
    if (code !== 0) throw new UserError(`git ${args.join(" ")} failed:\n${text.trim()}`);
  };
  await git("worktree", "prune");
  if (existsSync(folder)) await git("-C", folder, "checkout", "--detach", "--force", commit);
  else await git("worktree", "add", "--detach", folder, commit);
  if (!existsSync(join(root, "Cargo.toml"))) throw new UserError(`${root} is not the repository's root.`);
  return folder;
}
