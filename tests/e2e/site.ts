// A site of the test's own, on this machine: pages by their path.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface Site {
  url: (path: string) => string;
  close: () => void;
}

export async function serve(page: (path: string) => string | Buffer | undefined): Promise<Site> {
  const server = createServer((request, response) => {
    const body = page(new URL(request.url ?? "/", "http://localhost").pathname.slice(1));
    if (body === undefined) response.writeHead(404).end();
    else response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(body);
  });
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: (path) => `http://127.0.0.1:${port}/${path}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** A page around paragraphs. */
export const article = (title: string, paragraphs: readonly string[], head = "") =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title><link rel="icon" href="data:,">${head}</head>` +
  `<body><main><article><h1>${title}</h1>${paragraphs.map((text) => `<p>${text}</p>`).join("\n")}</article></main></body></html>`;
