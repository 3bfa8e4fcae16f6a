// llama.cpp itself, natively: its own llama-bench, whose path is given.
import { spawn } from "node:child_process";
import { peakMb } from "./memory.mjs";

const LOOK_MS = 100;

/**
 * @param {string} program
 * @param {string} file  the model
 * @returns {import("./rounds.mjs").Contestant}
 */
export function llamaBench(program, file) {
  return {
    engine: "llama.cpp",
    async measure(threads) {
      const shared = ["-m", file, "-t", String(threads), "-r", "1", "-o", "json"];
      const shallow = await run(program, [...shared, "-p", "128,512", "-n", "64"]);
      const deep = await run(program, [...shared, "-p", "0", "-n", "64", "-d", "1024"]);
      const rows = [...shallow.rows, ...deep.rows];
      const rate = (prompt, generated, depth) =>
        rows.find((r) => r.n_prompt === prompt && r.n_gen === generated && (r.n_depth ?? 0) === depth)?.avg_ts ?? null;
      return {
        build: `${rows[0]?.build_commit ?? ""} (${rows[0]?.build_number ?? ""})`,
        load_ms: null, // it does not tell
        first_token_ms: null,
        prefill128: rate(128, 0, 0),
        prefill512: rate(512, 0, 0),
        decode64: rate(0, 64, 0),
        decode64_ctx1024: rate(0, 64, 1024),
        peak_mb: Math.max(shallow.peak ?? 0, deep.peak ?? 0) || null,
      };
    },
  };
}

/** @param {string} program @param {string[]} args @returns {Promise<{ rows: any[], peak: number | null }>} */
function run(program, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
    let [out, words] = ["", ""];
    /** @type {number | null} */
    let peak = null;
    const look = setInterval(() => {
      peak = Math.max(peak ?? 0, peakMb(child.pid) ?? 0) || null;
    }, LOOK_MS);
    child.stdout.on("data", (chunk) => {
      out += chunk;
    });
    child.stderr.on("data", (chunk) => {
      words = (words + chunk).slice(-2000);
    });
    child.on("error", (error) => {
      clearInterval(look);
      reject(new Error(`${program} cannot be run: ${error.message}`));
    });
    child.on("close", (code) => {
      clearInterval(look);
      if (code !== 0) return reject(new Error(`${program} ended with ${code}: ${words.trim().split("\n").at(-1)}`));
      try {
        resolve({ rows: JSON.parse(out), peak });
      } catch {
        reject(new Error(`${program} printed no JSON`));
      }
    });
  });
}
