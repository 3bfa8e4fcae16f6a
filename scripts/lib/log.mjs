// What the scripts print: headings, one line a step, and a progress line that rewrites itself on a terminal.
const tty = process.stdout.isTTY === true;
const colour = tty && !process.env.NO_COLOR;
const paint = (code, text) => (colour ? `\x1b[${code}m${text}\x1b[0m` : text);

export const bold = (text) => paint("1", text);
export const dim = (text) => paint("2", text);
export const green = (text) => paint("32", text);
export const red = (text) => paint("31", text);
export const yellow = (text) => paint("33", text);

/** A failure that a person can act on: printed as its one sentence, without a stack. */
export class UserError extends Error {
  /** What the process ends with. */
  exitCode = 1;
}

/** Input that cannot be judged, told apart from a judgement that went against it. */
export class InputError extends UserError {
  /** @override */
  exitCode = 2;
}

export function heading(text) {
  console.log(`\n${bold(`== ${text}`)}`);
}

/** One finished step: `✓ Rust 1.95.0  already there`. */
export function step(title, detail = "") {
  console.log(`${green("✓")} ${title}${detail ? `  ${dim(detail)}` : ""}`);
}

/** A step that could not be done and need not be: `– MiniLM  left out: …`. */
export function gap(title, detail) {
  console.log(`${bold("–")} ${title}  ${detail}`);
}

export function note(text) {
  console.log(`  ${text}`);
}

const PLAIN_INTERVAL_MS = 15_000;

/** Progress of something long. On a terminal one line is rewritten; elsewhere a plain line comes every 15 seconds. */
export function progress(title) {
  const started = Date.now();
  let printed = started;
  console.log(`  ${title}`);
  return {
    update(text) {
      const now = Date.now();
      const line = `  ${text} (${duration(now - started)})`;
      if (tty) {
        process.stdout.write(`\r\x1b[K${line.slice(0, (process.stdout.columns ?? 80) - 1)}`);
      } else if (now - printed >= PLAIN_INTERVAL_MS) {
        printed = now;
        console.log(line);
      }
    },
    end() {
      if (tty) process.stdout.write("\r\x1b[K");
      return duration(Date.now() - started);
    },
  };
}

/** The last line of what a tool printed, for a progress line. */
export function lastLine(text) {
  return (
    text
      .trim()
      .split(/[\r\n]+/)
      .at(-1) ?? ""
  );
}

export function duration(ms) {
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, "0")} s`;
}

export function size(bytes) {
  return bytes < 1e6 ? `${Math.round(bytes / 1e3)} KB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
