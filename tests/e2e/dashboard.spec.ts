// The page of benchmarks, of a made-up history: two machines, a step in one benchmark, the browser beside native and peers.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { chromium, expect, test } from "@playwright/test";
import { page as dashboard } from "../../scripts/bench/dashboard.mjs";
import type { Figure, Run } from "../../scripts/bench/history.mjs";
import { screenshots } from "../../scripts/lib/paths.mjs";
import { requireBrowser } from "../../scripts/setup/chromium.mjs";

const time = (value: number): Figure => ({ value, kind: "time", spread: 0.02 });
const rate = (value: number): Figure => ({ value, kind: "rate", spread: 0.02 });

/** Run `i`: the first benchmark takes half as much again from the twelfth on. */
function run(i: number): Run {
  const wobble = 1 + ((i * 7) % 5) / 100;
  return {
    commit: `${i.toString(16).padStart(2, "0")}`.repeat(20),
    subject: i === 12 ? `</script><b>Slower</b> by accident` : `Change ${i}`,
    changed: false,
    date: new Date(Date.UTC(2026, 0, 1 + i)).toISOString(),
    machine: { id: "aaaa0000", cpu: "Imagined CPU", cores: 2, memory_gb: 8, system: "linux x64" },
    results: {
      "cpu_matmul/matvec_q4_0": time(60_000 * wobble * (i < 12 ? 1 : 1.5)),
      "cpu_matmul/gemm": time(2e6 * wobble),
      "browser_kernels/simd/gemm": time(5e6 * wobble),
      "browser_kernels/threads/gemm": time(3e6 * wobble),
      "peers/small/chord/2/decode64": rate(40 / wobble),
      "peers/small/wllama-2.3.1/2/decode64": rate(20 / wobble),
    },
  };
}

test("the dashboard shows trends, compares commits and needs no network", async () => {
  const runs = Array.from({ length: 24 }, (_, i) => run(i));
  const other = {
    ...run(30),
    machine: { ...run(0).machine, id: "bbbb0000", cpu: "Another CPU" },
    results: { x: time(5) },
  };
  const threshold = {
    section: "cpu_matmul",
    name: "matvec_q4_0",
    limit: 120_000,
    kind: "time" as const,
    description: "",
  };
  const path = test.info().outputPath("index.html");
  writeFileSync(path, await dashboard([other, ...runs], [threshold]));

  const browser = await chromium.launch({ executablePath: (await requireBrowser()).path });
  try {
    const page = await browser.newPage({ viewport: { width: 1200, height: 900 } });
    const [requests, errors]: [string[], string[]] = [[], []];
    page.on("request", (request) => requests.push(request.url()));
    page.on("pageerror", (error) => errors.push(error.message));
    await page.goto(`file://${path}`);

    await expect(page.locator("#about")).toHaveText("25 recorded runs, the last on 2026-01-24.");
    await expect(page.locator(".chart canvas")).toHaveCount(6);
    const changes = page.locator("#changes li");
    await expect(changes).toHaveCount(1);
    await expect(changes).toHaveText(
      /2026-01-13, 0c0c0c0c “<\/script><b>Slower<\/b> by accident”: cpu_matmul\/matvec_q4_0 \+5\d/,
    );
    await expect(changes).toHaveClass("bad");

    await page.getByLabel("From").selectOption({ index: 3 });
    const differences = page.locator("#differences tr");
    await expect(differences.filter({ hasText: "matvec_q4_0" }).locator("td").last()).toHaveClass("bad");
    await expect(page.locator("#kernels tr")).toHaveText(/gemm.*ms \(2\.50\).*ms \(1\.50\)/);
    await expect(page.locator("#peer-rows tr")).toHaveText(/small, decode64, threads: 2.*20 tok\/s|\(2\.00\)/);

    mkdirSync(screenshots, { recursive: true });
    await page.screenshot({ path: join(screenshots, "dashboard.png"), fullPage: true });

    await page.getByLabel("Only").fill("GEMM");
    await expect(page.locator(".chart")).toHaveCount(3);
    await page.getByLabel("Only").fill("");
    await page.getByLabel("Machine").selectOption("bbbb0000");
    await expect(page.locator(".chart h3")).toHaveText(["x"]);
    await expect(page.locator("#kernels")).toHaveText("Nothing was recorded.");

    writeFileSync(path, await dashboard([], [threshold]));
    await page.reload();
    await expect(page.locator("#about")).toHaveText(/^No run is recorded yet/);
    await expect(page.locator("#differences")).toHaveText("Nothing was recorded.");

    expect(errors).toEqual([]);
    expect(requests.filter((url) => !url.startsWith("file:") && !url.startsWith("data:"))).toEqual([]);
  } finally {
    await browser.close();
  }
});
