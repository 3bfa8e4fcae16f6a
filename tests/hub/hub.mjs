// A model hub on this machine, for tests and for trying the download page: what it says and how it redirects is the real
// one's way, and it fails on demand. Two servers, since the real hub leads to another host for the bytes.
//
//   POST /api/models/OWNER/NAME/paths-info/REVISION   lengths and digests
//   GET  /OWNER/NAME/resolve/REVISION/FILE            302 to the storage, with x-linked-etag and x-linked-size
//   GET  storage/blobs/DIGEST?Expires=…&Signature=…   the bytes, with ranges; 403 when the signature has run out
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createReadStream, statSync } from "node:fs";
import { createServer } from "node:http";
import { setTimeout as wait } from "node:timers/promises";

/**
 * What goes wrong with one answer, and how often.
 * @typedef {object} Fault
 * @property {"api" | "resolve" | "blob"} on  which answer
 * @property {number} [times]  how many answers; all of them when left out
 * @property {number} [status]  an answer with this status instead
 * @property {Record<string, string>} [headers]  with these headers, or beside those of the right answer
 * @property {string} [body]
 * @property {number} [cutAfter]  the connection breaks after so many bytes of the body
 * @property {number} [endAfter]  the body ends after so many bytes, with no length announced
 * @property {number} [holdAfter]  nothing more comes after so many bytes until `release` is called
 * @property {boolean} [ignoreRange]  the whole file comes, whatever was asked for
 * @property {boolean} [expired]  the redirect leads to a signature that has run out
 * @property {number} [flip]  the byte at this place comes wrong
 * @property {{ size?: number, oid?: string }} [announce]  the API says this instead
 */

/**
 * A request, with what it tells of who asks.
 * @typedef {{ method: string, url: string, range?: string, cookie?: string, referer?: string, authorization?: string }} Asked
 */

const EXPOSED = "X-Repo-Commit, X-Linked-Size, X-Linked-ETag, ETag, Content-Range, Accept-Ranges, Retry-After";

export class Hub {
  /** @type {Map<string, { path: string, size: number, digest: string }>} by "OWNER/NAME/FILE" */
  #files = new Map();
  /** @type {Fault[]} */
  #faults = [];
  #hub = createServer((request, response) => this.#guard(this.#onHub(request, response), response));
  #storage = createServer((request, response) => this.#guard(this.#onStorage(request, response), response));
  /** @type {(() => void)[]} */
  #held = [];
  /** @type {(() => void)[]} */
  #waitingForHold = [];
  #signature = 1;
  /** Every request, in order. @type {Asked[]} */
  asked = [];
  url = "";
  storageUrl = "";
  /** Bytes a second for each answer; Infinity when it is not held back. */
  rate = Number.POSITIVE_INFINITY;

  /** @param {{ hubPort?: number, storagePort?: number }} [ports] */
  static async start({ hubPort = 0, storagePort = 0 } = {}) {
    const hub = new Hub();
    hub.url = await listen(hub.#hub, hubPort);
    hub.storageUrl = await listen(hub.#storage, storagePort);
    return hub;
  }

  /**
   * Offers a file of this machine.
   * @param {string} repository  "OWNER/NAME"
   * @param {string} file  its name there
   * @param {string} path
   */
  async offer(repository, file, path) {
    const hash = createHash("sha256");
    for await (const piece of createReadStream(path)) hash.update(piece);
    const entry = { path, size: statSync(path).size, digest: hash.digest("hex") };
    this.#files.set(`${repository}/${file}`, entry);
    return { ...entry, url: `${this.url}/${repository}/resolve/main/${file}` };
  }

  /** @param {Fault} fault */
  fault(fault) {
    this.#faults.push({ ...fault, times: fault.times ?? Number.POSITIVE_INFINITY });
  }

  /** Everything works from now on. */
  heal() {
    this.#faults = [];
    this.release();
  }

  /** Resolves when an answer is being held. */
  async held() {
    if (this.#held.length === 0) await new Promise((resolve) => this.#waitingForHold.push(() => resolve(undefined)));
  }

  /** What is held goes on. */
  release() {
    for (const go of this.#held.splice(0)) go();
  }

  /** What was asked of the storage: where each answer was to begin. */
  ranges() {
    return this.asked.filter(({ url }) => url.startsWith(this.storageUrl)).map(({ range }) => range);
  }

  async close() {
    this.heal();
    for (const server of [this.#hub, this.#storage]) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }

  /** @param {Fault["on"]} on @returns {Fault | undefined} */
  #next(on) {
    const fault = this.#faults.find((one) => one.on === on && (one.times ?? 0) > 0);
    if (fault) fault.times = (fault.times ?? 1) - 1;
    return fault;
  }

  #guard(answer, response) {
    answer.catch((/** @type {Error} */ error) => {
      response.destroy();
      // A client that goes away in the middle of an answer is what half of the tests are about.
      if (!/aborted|reset|premature|destroyed/i.test(`${error.message} ${/** @type {any} */ (error).code}`))
        throw error;
    });
  }

  async #onHub(request, response) {
    const { pathname } = new URL(request.url, this.url);
    this.#note(request, this.url);
    cors(request, response);
    if (request.method === "OPTIONS") return response.writeHead(204, { "access-control-allow-methods": "*" }).end();
    const info = /^\/api\/models\/([^/]+\/[^/]+)\/paths-info\/[^/]+$/.exec(pathname);
    if (info && request.method === "POST") return this.#pathsInfo(info[1] ?? "", await text(request), response);
    const resolve = /^\/([^/]+\/[^/]+)\/resolve\/[^/]+\/(.+)$/.exec(pathname);
    if (resolve) return this.#resolve(`${resolve[1]}/${decodeURIComponent(resolve[2] ?? "")}`, response);
    return response.writeHead(404).end();
  }

  /** @param {string} repository @param {string} body */
  #pathsInfo(repository, body, response) {
    const fault = this.#next("api");
    if (fault?.status || fault?.body !== undefined) return plain(response, fault);
    const known = [...this.#files].filter(([name]) => name.startsWith(`${repository}/`));
    if (known.length === 0) return plain(response, { status: 401, body: "Invalid username or password." });
    const paths = /** @type {string[]} */ (JSON.parse(body).paths);
    const answer = paths.flatMap((path) => {
      const file = this.#files.get(`${repository}/${path}`);
      if (!file) return [];
      const size = fault?.announce?.size ?? file.size;
      const oid = fault?.announce?.oid ?? file.digest;
      return [{ type: "file", path, oid: "0".repeat(40), size, lfs: { oid, size, pointerSize: 134 } }];
    });
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
  }

  #resolve(name, response) {
    const fault = this.#next("resolve");
    const file = this.#files.get(name);
    if (fault?.status || fault?.body !== undefined) return plain(response, fault);
    if (!file) return plain(response, { status: 404, body: "Entry not found" });
    const signature = fault?.expired ? 0 : this.#signature++;
    response
      .writeHead(302, {
        location: `${this.storageUrl}/blobs/${file.digest}?Signature=${signature}`,
        "x-linked-size": file.size,
        "x-linked-etag": `"${file.digest}"`,
        ...fault?.headers,
      })
      .end();
  }

  async #onStorage(request, response) {
    this.#note(request, this.storageUrl);
    cors(request, response);
    // Like the real one, it answers no preflight: a client that needs one does not work.
    if (request.method !== "GET") return response.writeHead(405).end();
    const url = new URL(request.url, this.storageUrl);
    const file = [...this.#files.values()].find(({ digest }) => url.pathname === `/blobs/${digest}`);
    if (!file) return plain(response, { status: 404 });
    if (url.searchParams.get("Signature") === "0") return plain(response, { status: 403, body: "Request has expired" });
    const fault = this.#next("blob");
    if (fault?.status || fault?.body !== undefined) return plain(response, fault);
    return this.#bytes(request, response, file, fault);
  }

  /**
   * @param {import("node:http").IncomingMessage} request
   * @param {import("node:http").ServerResponse} response
   * @param {{ path: string, size: number, digest: string }} file
   * @param {Fault | undefined} fault
   */
  async #bytes(request, response, file, fault) {
    const { path, size, digest } = file;
    const range = fault?.ignoreRange ? null : /^bytes=(\d+)-$/.exec(request.headers.range ?? "");
    const start = range ? Number(range[1]) : 0;
    const headers = { "content-type": "application/octet-stream", etag: `"${digest.slice(0, 32)}"`, ...fault?.headers };
    if (start >= size && range) return response.writeHead(416, { "content-range": `bytes */${size}` }).end();
    if (range) headers["content-range"] = `bytes ${start}-${size - 1}/${size}`;
    if (fault?.endAfter === undefined) headers["content-length"] ??= String(size - start);
    response.writeHead(range ? 206 : 200, headers);
    let sent = 0;
    const stop = fault?.cutAfter ?? fault?.endAfter ?? Number.POSITIVE_INFINITY;
    for await (const read of createReadStream(path, { start })) {
      let piece = read;
      if (fault?.flip !== undefined) piece = flipped(piece, fault.flip - start - sent);
      if (fault?.holdAfter !== undefined && sent + piece.length >= fault.holdAfter) {
        piece = await this.#hold(response, piece, fault.holdAfter - sent);
        fault.holdAfter = undefined;
      }
      if (sent + piece.length >= stop) {
        await write(response, piece.subarray(0, stop - sent));
        return fault?.endAfter === undefined ? response.destroy() : response.end();
      }
      await write(response, piece);
      sent += piece.length;
      if (this.rate < Number.POSITIVE_INFINITY) await wait((piece.length * 1000) / this.rate);
    }
    return response.end();
  }

  /** Sends the beginning of a piece, waits to be released, and gives back the rest of it. */
  async #hold(response, piece, first) {
    await write(response, piece.subarray(0, first));
    const released = new Promise((resolve) => this.#held.push(() => resolve(undefined)));
    for (const tell of this.#waitingForHold.splice(0)) tell();
    await Promise.race([released, closed(response)]);
    return piece.subarray(first);
  }

  #note(request, base) {
    const { range, cookie, referer, authorization } = request.headers;
    this.asked.push({ method: request.method, url: `${base}${request.url}`, range, cookie, referer, authorization });
  }
}

function cors(request, response) {
  if (!request.headers.origin) return;
  response.setHeader("access-control-allow-origin", request.headers.origin);
  response.setHeader("access-control-expose-headers", EXPOSED);
  response.setHeader("access-control-allow-headers", "content-type");
  response.setHeader("vary", "Origin");
}

/** @param {import("node:http").ServerResponse} response @param {Partial<Fault>} fault */
function plain(response, fault) {
  const { status = 200, headers = {}, body = "" } = fault;
  response.writeHead(status, { "content-type": "text/plain", ...headers }).end(body);
}

async function write(response, bytes) {
  if (response.destroyed) throw Object.assign(new Error("the client went away"), { code: "ECONNRESET" });
  if (!response.write(bytes)) await Promise.race([once(response, "drain"), closed(response)]);
}

/** One promise an answer, and so one listener. @type {WeakMap<object, Promise<unknown>>} */
const closing = new WeakMap();

function closed(response) {
  const known = closing.get(response) ?? once(response, "close");
  closing.set(response, known);
  return known;
}

function flipped(piece, at) {
  if (at < 0 || at >= piece.length) return piece;
  const copy = Buffer.from(piece);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}

async function text(request) {
  let all = "";
  for await (const piece of request) all += piece;
  return all;
}

/** @param {import("node:http").Server} server @param {number} port */
async function listen(server, port) {
  await new Promise((resolve, reject) =>
    server.once("error", reject).listen(port, "127.0.0.1", () => resolve(undefined)),
  );
  const address = /** @type {import("node:net").AddressInfo} */ (server.address());
  return `http://127.0.0.1:${address.port}`;
}
