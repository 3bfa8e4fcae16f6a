// What a hub says of a model's files before a byte of them is asked for: how long they are, and their digests.
//
// The hub also writes both into the headers of its redirect to the bytes (x-linked-size, x-linked-etag), but a page never sees
// the headers of a redirect that `fetch` follows. The same facts are in its API's `paths-info`.

import * as v from "valibot";
import { allParts, fileUrl, type HubFile, parseHubUrl } from "../hub";
import type { DownloadRequest } from "../protocol";
import { Fault } from "./fault";
import { backoff, patiently, type Surroundings } from "./fetch-file";
import { retryAfter } from "./response";

const DIGEST = /^[0-9a-f]{64}$/i;

const PathsInfo = v.array(
  v.object({
    path: v.string(),
    size: v.pipe(v.number(), v.integer(), v.minValue(0)),
    lfs: v.optional(v.object({ oid: v.string(), size: v.pipe(v.number(), v.integer(), v.minValue(0)) })),
  }),
);

export interface AnnouncedFile {
  url: string;
  name: string;
  size: number;
  digest?: string;
}

// Someone waits for the answer: a hub that is down is said to be down after a few seconds.
const ATTEMPTS = 3;

/** The files of the model that `request` means. @throws {Fault} */
export async function announce(
  request: Pick<DownloadRequest, "url" | "sha256">,
  hosts: readonly string[],
  world: Surroundings,
  signal: AbortSignal,
): Promise<AnnouncedFile[]> {
  const file = parseHubUrl(request.url, hosts);
  if (!file) throw new Fault("bad_address", addressHelp(hosts), "stop");
  const parts = allParts(file);
  const known = await pathsInfo(file, parts, world, signal);
  const files = parts.map((part) => {
    const info = known.find(({ path }) => path === part.path);
    if (!info) throw new Fault("download_missing", "", "stop");
    const name = part.path.split("/").at(-1) ?? part.path;
    const digest = info.lfs && DIGEST.test(info.lfs.oid) ? info.lfs.oid.toLowerCase() : undefined;
    return { url: fileUrl(part), name, size: info.lfs?.size ?? info.size, ...(digest && { digest }) };
  });
  return withCatalogue(files, request);
}

/** What the catalogue knows has to be what the hub says. */
function withCatalogue(files: AnnouncedFile[], { sha256 }: Pick<DownloadRequest, "sha256">): AnnouncedFile[] {
  const [first] = files;
  if (sha256 === undefined || files.length !== 1 || !first) return files;
  if (first.digest !== undefined && first.digest !== sha256.toLowerCase()) throw new Fault("not_as_listed", "", "stop");
  return [{ ...first, digest: sha256.toLowerCase() }];
}

async function pathsInfo(file: HubFile, parts: HubFile[], world: Surroundings, signal: AbortSignal) {
  const url = `${file.hub}/api/models/${file.repository}/paths-info/${encodeURIComponent(file.revision)}`;
  for (let failures = 1; ; failures += 1) {
    const stalled = new AbortController();
    try {
      const asked = world.fetch(url, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ paths: parts.map(({ path }) => path) }),
        signal: AbortSignal.any([signal, stalled.signal]),
        cache: "no-store",
        credentials: "omit",
        referrerPolicy: "no-referrer",
      });
      return await patiently(
        asked.then((response) => read(response, world.now())),
        stalled,
      );
    } catch (error) {
      if (signal.aborted) throw error;
      const fault = error instanceof Fault ? error : new Fault("network", "", "retry");
      const wait = fault.after ?? backoff(failures, world.random());
      if (fault.action !== "retry" || failures >= ATTEMPTS || wait > 10_000) throw fault;
      await world.sleep(wait, signal);
    }
  }
}

async function read(response: Response, now: number) {
  const { status, headers } = response;
  const after = retryAfter(headers.get("retry-after"), now);
  // The hub says 401 of a repository that does not exist, too: it would not tell which are private.
  if (status === 401 || status === 403) throw new Fault("download_denied", "", "stop");
  if (status === 404 || status === 410) throw new Fault("download_missing", "", "stop");
  if (status === 429) throw new Fault("hub_busy", "", "retry", after);
  if (!response.ok) throw new Fault("hub_failed", `${status}`, status >= 500 ? "retry" : "stop", after);
  const parsed = v.safeParse(PathsInfo, await response.json().catch(() => null));
  if (!parsed.success) throw new Fault("not_a_file", "", "stop");
  return parsed.output;
}

const addressHelp = (hosts: readonly string[]) =>
  `Chord downloads GGUF files from ${hosts[0] ?? "no hub"}, like ${hosts[0] ?? ""}/owner/model/resolve/main/model.gguf.`;
