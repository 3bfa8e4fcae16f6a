// A page in parts that a model can hold: each character of each paragraph is in exactly one. How many characters fit is not
// known beforehand, since only the engine counts tokens; so a part is taken, and put back if it turns out too long. Pure.

import { cut } from "../prompts";
import type { PageText, Place } from "../reading/messages";

/** A part of a paragraph, or all of it. */
export interface Piece {
  place: Place;
  text: string;
}

export class Chunks {
  readonly #page: PageText;
  #paragraph = 0;
  #at = 0; // in the paragraph
  readonly #total: number;

  constructor(page: PageText) {
    this.#page = page;
    this.#total = page.paragraphs.reduce((sum, { text }) => sum + text.length, 0);
    this.#skipDone();
  }

  get total(): number {
    return this.#total;
  }

  get isDone(): boolean {
    return this.#paragraph >= this.#page.paragraphs.length;
  }

  /** Characters that no part has taken yet. */
  get left(): number {
    let sum = -this.#at;
    for (const { text } of this.#page.paragraphs.slice(this.#paragraph)) sum += text.length;
    return Math.max(0, sum);
  }

  /** The next part, of no more than `chars` characters (but of one at least): whole paragraphs where they fit. */
  take(chars: number): Piece[] {
    const pieces: Piece[] = [];
    let room = Math.max(1, chars);
    while (!this.isDone && room > 0) {
      const { text } = this.#page.paragraphs[this.#paragraph] as { text: string };
      const rest = text.slice(this.#at);
      // A paragraph that does not fit goes into the next part, unless it would not fit there either.
      if (rest.length > room && pieces.length > 0 && rest.length <= chars) break;
      const fits = rest.length <= room ? rest : cut(rest, room);
      if (!fits && pieces.length > 0) break;
      const taken = fits || (/^./su.exec(rest)?.[0] ?? rest); // one character at least, and never half of it
      const place = { paragraph: this.#paragraph, from: this.#at, to: this.#at + taken.length };
      pieces.push({ place, text: taken });
      room -= taken.length;
      this.#at += taken.length;
      this.#skipDone();
    }
    return pieces;
  }

  /** Undoes the last `take`. */
  putBack(pieces: readonly Piece[]): void {
    const first = pieces[0];
    if (!first) return;
    this.#paragraph = first.place.paragraph;
    this.#at = first.place.from;
  }

  #skipDone(): void {
    while (!this.isDone && this.#at >= (this.#page.paragraphs[this.#paragraph]?.text.length ?? 0)) {
      this.#paragraph += 1;
      this.#at = 0;
    }
  }
}
