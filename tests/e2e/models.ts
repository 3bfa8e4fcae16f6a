// Model files for the tests: the demo model, copies of it with something changed, and real ones where they are present.
import { existsSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fixtures } from "../../scripts/lib/paths.mjs";
import { test } from "./fixtures.ts";

/** What the demo model says, whatever it is asked. */
export const DEMO_FIRST = "Hello! You are talking to Chord's demo model.";
export const DEMO_LAST = "add any real GGUF model on the options page, then choose that instead.";

export const demo = () => process.env.CHORD_E2E_DEMO_MODEL ?? "";

/** Random weights, and enough of them that threads share the work. */
export const random = () => process.env.CHORD_E2E_RANDOM_MODEL ?? "";

/** The demo model in three files. */
export const demoParts = () => JSON.parse(process.env.CHORD_E2E_DEMO_PARTS ?? "[]") as string[];

/** Writes a file into the test's own folder. */
export function write(name: string, bytes: Uint8Array): string {
  const path = test.info().outputPath(name);
  writeFileSync(path, bytes);
  return path;
}

/** A copy of the demo model with its bytes changed in place. */
export function changedDemo(name: string, change: (bytes: Buffer) => void): string {
  const bytes = readFileSync(demo());
  change(bytes);
  return write(name, bytes);
}

/** The first `share` of the demo model. */
export function truncatedDemo(name: string, share: number): string {
  const bytes = readFileSync(demo());
  return write(name, bytes.subarray(0, Math.floor(bytes.length * share)));
}

/** The demo model with nothing behind its weights, 150 MB in all: enough for several chunks, and for progress to be seen. */
export function largeDemo(name: string, size = 150_000_000): string {
  const path = changedDemo(name, () => {});
  truncateSync(path, size);
  return path;
}

/** The demo model without an end: it recites its paragraph again and again until the context is full. */
export function endlessDemo(): string {
  return changedDemo("endless.gguf", (bytes) => {
    // The token that ends a message becomes an ordinary control token, in the vocabulary and in the chat template …
    replaceAll(bytes, "<|im_end|>", "<|im_and|>");
    // … and another one, which the model never says, ends an answer.
    bytes.writeUInt32LE(2, valueOffset(bytes, "tokenizer.ggml.eos_token_id"));
    replaceAll(bytes, "Chord demo", "Chord loop");
  });
}

/** Names an architecture that no release of Chord runs; same length, so that nothing moves. */
export function otherArchitecture(): string {
  return changedDemo("mamba.gguf", (bytes) => {
    const at = valueOffset(bytes, "general.architecture") + 8; // behind the string's length
    bytes.write("mamba", at, "latin1");
  });
}

/** Gives one tensor the type IQ1_S, which Chord does not read. */
export function otherType(): string {
  return changedDemo("iq1_s.gguf", (bytes) => {
    const name = "blk.0.attn_q.weight";
    const dims = bytes.indexOf(lengthPrefixed(name)) + 8 + name.length;
    const count = bytes.readUInt32LE(dims);
    bytes.writeUInt32LE(19, dims + 4 + 8 * count);
  });
}

/** A file of shared/fixtures; the test is skipped where it is not present. */
export function fixture(...path: string[]): string {
  const file = join(fixtures, ...path);
  test.skip(!existsSync(file), `skipped: ${join("../shared/fixtures", ...path)} is not here`);
  return file;
}

/** Where the value of a metadata key begins: behind the key and the value's type. */
function valueOffset(bytes: Buffer, key: string): number {
  const at = bytes.indexOf(lengthPrefixed(key));
  if (at < 0) throw new Error(`the demo model has no key ${key}`);
  return at + 8 + key.length + 4;
}

function lengthPrefixed(text: string): Buffer {
  const bytes = Buffer.alloc(8 + text.length);
  bytes.writeBigUInt64LE(BigInt(text.length));
  bytes.write(text, 8, "latin1");
  return bytes;
}

function replaceAll(bytes: Buffer, from: string, to: string): void {
  if (from.length !== to.length) throw new Error("a replacement must not move what follows");
  let found = 0;
  for (let at = bytes.indexOf(from); at >= 0; at = bytes.indexOf(from, at + to.length)) {
    bytes.write(to, at, "latin1");
    found += 1;
  }
  if (found === 0) throw new Error(`the demo model does not contain ${from}`);
}
