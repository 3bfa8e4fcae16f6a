// The demo page, served on this machine alone.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";

const PAGE = new URL("../demo/index.html", import.meta.url);

/** @returns {Promise<{ url: string, close: () => void }>} */
export async function serveDemo() {
  const page = await readFile(PAGE);
  const server = createServer((request, response) => {
    if (new URL(request.url ?? "/", "http://localhost").pathname !== "/") return response.writeHead(404).end();
    response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(page);
  });
  await new Promise((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", () => resolve(undefined)));
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  return {
    url: `http://127.0.0.1:${port}/`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
