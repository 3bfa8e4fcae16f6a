// How fast bytes come in, over the last seconds: recent enough to be true, long enough not to jump.

const WINDOW_MS = 8000;
// A rate measured over less than this says little.
const LEAST_MS = 500;

export class Speed {
  #marks: { bytes: number; at: number }[] = [];

  add(bytes: number, at: number): void {
    const last = this.#marks.at(-1);
    if (last && at - last.at < 100) return;
    this.#marks.push({ bytes, at });
    while (this.#marks.length > 2 && at - (this.#marks[1]?.at ?? at) > WINDOW_MS) this.#marks.shift();
  }

  bytesPerSecond(now: number): number | null {
    const first = this.#marks[0];
    const last = this.#marks.at(-1);
    if (!first || !last || now - first.at < LEAST_MS || last.bytes <= first.bytes) return null;
    return ((last.bytes - first.bytes) * 1000) / (now - first.at);
  }
}
