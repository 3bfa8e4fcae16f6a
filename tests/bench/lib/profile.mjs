// Where a token's time goes, by kind of op: what the engine timed, per token.

/**
 * @typedef {{ op: string, weights?: string, calls: number, ms: number, bytes: number }} OpTime  as the engine reports it
 * @typedef {object} Phase
 * @property {"prefill" | "decode"} phase
 * @property {number} threads
 * @property {number} tokens
 * @property {number} ms_per_token
 * @property {{ op: string, weights: string | null, ms_per_token: number, share: number, calls_per_token: number, gb_s: number | null }[]} ops
 */

/**
 * @param {"prefill" | "decode"} phase
 * @param {number} threads
 * @param {OpTime[]} ops
 * @param {number} tokens
 * @param {number} ms  that all of them took; what the ops do not account for is sampling and the event loop's
 * @returns {Phase}
 */
export function perToken(phase, threads, ops, tokens, ms) {
  const timed = ops.reduce((sum, op) => sum + op.ms, 0);
  const rest = { op: "sampling, event loop", calls: 0, ms: Math.max(0, ms - timed), bytes: 0 };
  const rows = [...ops, rest].map(({ op, weights, calls, ms: opMs, bytes }) => ({
    op,
    weights: weights ?? null,
    ms_per_token: opMs / tokens,
    share: opMs / ms,
    calls_per_token: calls / tokens,
    gb_s: phase === "decode" && bytes > 0 && opMs > 0 ? bytes / opMs / 1e6 : null,
  }));
  rows.sort((a, b) => b.ms_per_token - a.ms_per_token);
  return { phase, threads, tokens, ms_per_token: ms / tokens, ops: rows };
}

/** Rows of a table, the headings first. @param {Phase} phase */
export function cells({ ops }) {
  const rows = ops.map(({ op, weights, ms_per_token, share, calls_per_token, gb_s }) => [
    op,
    weights ?? "",
    ms_per_token.toFixed(3),
    `${(share * 100).toFixed(1)} %`,
    calls_per_token === 0 ? "" : calls_per_token.toFixed(1),
    gb_s === null ? "" : gb_s.toFixed(2),
  ]);
  return [["op", "weights", "ms/token", "share", "calls/token", "GB/s"], ...rows];
}
