import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { allParts, fileUrl, isAllowed, modelHosts, modelName, parseHubUrl } from "../../extension/hub";

const HOSTS = ["https://huggingface.co", "https://*.huggingface.co", "https://*.hf.co"];

test("the manifest's policy names the hosts, and nothing but the hosts", () => {
  const manifest = JSON.parse(readFileSync("manifest.json", "utf8"));
  expect(modelHosts(manifest)).toEqual(HOSTS);
  expect(modelHosts({})).toEqual([]);
  expect(modelHosts({ content_security_policy: { extension_pages: "default-src 'self'" } })).toEqual([]);
});

test("a host stands for itself and a star for what is below it", () => {
  const allowed = (url: string) => isAllowed(new URL(url), HOSTS);
  expect(allowed("https://huggingface.co/a")).toBe(true);
  expect(allowed("https://us.aws.cdn.hf.co/a")).toBe(true);
  for (const url of [
    "http://huggingface.co/a",
    "https://hf.co/a",
    "https://huggingface.co.evil.test/a",
    "https://evilhf.co/a",
    "https://huggingface.co:8443/a",
  ])
    expect(allowed(url), url).toBe(false);
});

test("the addresses of a file's page and of its bytes mean the file", () => {
  const file = { hub: "https://huggingface.co", repository: "o/m-GGUF", revision: "main", path: "q4/m v1.gguf" };
  for (const address of [
    "https://huggingface.co/o/m-GGUF/resolve/main/q4/m%20v1.gguf?download=true",
    "https://huggingface.co/o/m-GGUF/blob/main/q4/m%20v1.gguf",
  ])
    expect(parseHubUrl(address, HOSTS)).toEqual(file);
  expect(fileUrl(file)).toBe("https://huggingface.co/o/m-GGUF/resolve/main/q4/m%20v1.gguf");
  for (const address of [
    "huggingface.co/o/m/resolve/main/m.gguf",
    "https://huggingface.co/o/m/resolve/main/100%zz.gguf",
    "https://example.com/o/m/resolve/main/m.gguf",
    "https://huggingface.co/o/m",
    "https://huggingface.co/o/m/resolve/main/m.safetensors",
    "https://me:secret@huggingface.co/o/m/resolve/main/m.gguf",
    "javascript:alert(1)",
  ])
    expect(parseHubUrl(address, HOSTS), address).toBeNull();
});

test("a part means all parts", () => {
  const part = { hub: "h", repository: "o/m", revision: "main", path: "x/m-00002-of-00003.gguf" };
  expect(allParts(part).map(({ path }) => path)).toEqual([1, 2, 3].map((n) => `x/m-0000${n}-of-00003.gguf`));
  expect(modelName(part)).toBe("m");
  expect(allParts({ ...part, path: "m.gguf" })).toHaveLength(1);
  expect(allParts({ ...part, path: "m-00001-of-99999.gguf" }), "nobody asks for 99 999 files").toHaveLength(1);
  expect(modelName({ ...part, path: "q4/m.GGUF" })).toBe("m");
});
