// Serves the peers' files and an empty page, cross-origin isolated as their threads need it. On this machine alone.
import { createReadStream, existsSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";

const TYPES = { ".js": "text/javascript", ".wasm": "application/wasm" };
const PAGE = '<!doctype html><title>peer</title><link rel="icon" href="data:,"><input type="file">';
const ISOLATED = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Cross-Origin-Resource-Policy": "same-origin",
};

/**
 * @param {string} folder
 * @param {Record<string, string>} [more]  files outside of it, by the path they are served under
 */
export async function serve(folder, more = {}) {
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url ?? "/", "http://x").pathname);
    if (path === "/") return response.writeHead(200, { ...ISOLATED, "Content-Type": "text/html" }).end(PAGE);
    const file = more[path] ?? join(folder, path);
    if (!existsSync(file) || !statSync(file).isFile()) return response.writeHead(404, ISOLATED).end();
    response.writeHead(200, {
      ...ISOLATED,
      "Content-Type": TYPES[extname(file)] ?? "application/octet-stream",
      "Content-Length": statSync(file).size,
    });
    if (request.method === "HEAD") return response.end();
    createReadStream(file).pipe(response);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const address = /** @type {import("node:net").AddressInfo} */ (server.address());
  return { url: `http://127.0.0.1:${address.port}/`, close: () => server.close() };
}
