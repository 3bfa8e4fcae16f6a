// A GPU in software (Mesa's lavapipe), which the tests of the GPU kernels run on: the same numbers on every machine.
//
// Set-up goes on without it, because those tests skip then, and say so.
import { readdirSync } from "node:fs";
import { aptInstall, canInstall } from "../lib/apt.mjs";
import { gap } from "../lib/log.mjs";

export const title = "Software GPU";

// Where Vulkan's loader looks for drivers.
const DRIVERS = ["/usr/share/vulkan/icd.d", "/etc/vulkan/icd.d", "/usr/local/share/vulkan/icd.d"];

export async function check() {
  if (!DRIVERS.some(hasLavapipe)) return undefined;
  // From here on a test that finds no GPU fails, rather than skip what set-up has made possible.
  process.env.CHORD_NEEDS_GPU = "1";
  return "lavapipe";
}

export async function install() {
  if (!canInstall()) {
    const how = process.platform === "linux" ? "apt-get install mesa-vulkan-drivers" : "Mesa's lavapipe";
    return gap(title, `left out (${how}). Without it the tests of the GPU kernels skip.`);
  }
  await aptInstall(["mesa-vulkan-drivers", "libvulkan1"]);
  return check();
}

function hasLavapipe(folder) {
  try {
    return readdirSync(folder).some((name) => name.startsWith("lvp_icd"));
  } catch {
    return false;
  }
}
