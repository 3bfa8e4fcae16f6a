// A hub's answer to a request for a file, from `offset` on: what of its body is wanted, or what is wrong with it.

import { Fault } from "./fault";

export interface Wanted {
  offset: number;
  size: number;
  /** What the server called the version that the bytes so far are of. */
  etag: string | undefined;
  /** Where the request was sent; redirects may lead elsewhere. */
  hub: string;
}

export interface Accepted {
  /** Bytes of the body that are there already: the server began anew though it was asked not to. */
  skip: number;
  etag: string | undefined;
}

/** @throws {Fault} */
export function judge(response: Response, { offset, size, etag, hub }: Wanted, now: number): Accepted {
  const { status, headers } = response;
  if (status === 416) {
    const total = rangeTotal(headers);
    if (total !== null && total !== size) throw wrongLength(size, total);
    throw new Fault("network", "", "retry");
  }
  if (!response.ok) throw refused(response, hub, now);
  if (headers.get("content-type")?.startsWith("text/html"))
    throw new Fault("not_a_file", "", offset > 0 ? "stop" : "useless");

  const range = status === 206 ? headers.get("content-range") : null;
  const total = status === 206 ? rangeTotal(headers) : wholeLength(headers);
  if (total !== null && total !== size) throw wrongLength(size, total);
  const start = range ? Number(/^bytes (\d+)-/.exec(range)?.[1] ?? Number.NaN) : status === 206 ? offset : 0;
  if (start !== 0 && start !== offset) throw new Fault("network", "", "retry"); // another range than the one asked for

  const found = strong(headers.get("etag"));
  if (offset > 0 && etag && found && etag !== found) throw new Fault("download_changed", "", "stop");
  return { skip: offset - start, etag: found };
}

function refused({ status, headers, url }: Response, hub: string, now: number): Fault {
  const after = retryAfter(headers.get("retry-after"), now);
  // A storage host that says no has been handed a signature that ran out: the hub makes a new one.
  const elsewhere = url !== "" && new URL(url).origin !== hub;
  if ((status === 401 || status === 403) && !elsewhere) return new Fault("download_denied", "", "stop");
  if (status === 401 || status === 403) return new Fault("network", "", "retry");
  if (status === 404 || status === 410) return new Fault("download_missing", "", "stop");
  if (status === 429) return new Fault("hub_busy", "", "retry", after);
  if (status === 408 || status === 425 || status >= 500) return new Fault("hub_failed", `${status}`, "retry", after);
  return new Fault("hub_failed", `${status}`, "stop");
}

const wrongLength = (announced: number, found: number) =>
  new Fault(
    "wrong_length",
    `The hub announced ${announced.toLocaleString("en")} bytes and offers ${found.toLocaleString("en")}. What it sends cannot be trusted, so the download was stopped.`,
    "stop",
  );

/** The file's length in "bytes 0-9/1234". */
function rangeTotal(headers: Headers): number | null {
  const total = /\/(\d+)$/.exec(headers.get("content-range") ?? "")?.[1];
  return total === undefined ? null : Number(total);
}

/** A compressed body's length says nothing about the file. */
function wholeLength(headers: Headers): number | null {
  const length = headers.get("content-length");
  return length === null || headers.get("content-encoding") ? null : Number(length);
}

/** A weak one does not promise the same bytes. */
const strong = (etag: string | null) => (etag && !etag.startsWith("W/") ? etag : undefined);

/** Seconds, or a date. */
export function retryAfter(value: string | null, now: number): number | null {
  if (value === null) return null;
  const seconds = Number(value);
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(value) - now;
  return Number.isFinite(ms) ? Math.max(0, ms) : null;
}
