// Debian packages, for the steps that need something only the system can give.

import { lastLine, progress, UserError } from "./log.mjs";
import { run, which } from "./run.mjs";

/** True where this process may install Debian packages. */
export const canInstall = () => process.getuid?.() === 0 && which("apt-get") !== undefined;

/** Installs packages as root, showing apt's own progress in one line. */
export async function aptInstall(packages) {
  const line = progress(`Installing ${packages.join(" and ")} with apt-get …`);
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  const onText = (text) => line.update(lastLine(text));
  const update = await run("apt-get", ["update"], { env, onText, output: "hide" });
  const install = await run("apt-get", ["install", "-y", "--no-install-recommends", ...packages], {
    env,
    onText,
    output: "hide",
  });
  line.end();
  if (install.code === 0) return;
  console.error((update.code === 0 ? install.text : update.text + install.text).trim());
  throw new UserError(
    `apt-get could not install ${packages.join(" and ")} (its words are above); install them by hand and run this again.`,
  );
}
