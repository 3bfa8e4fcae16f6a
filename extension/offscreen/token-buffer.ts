// A tiny model makes thousands of tokens a second; a port carries and a page paints far fewer messages. Tokens that come
// within one frame of each other travel together; a slow model's are never held back.

import type { Progress } from "../protocol";

type Token = Extract<Progress, { type: "token" }>;

const FRAME_MS = 16;

export class TokenBuffer {
  readonly #post: (token: Token) => void;
  #held: Token | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(post: (token: Token) => void) {
    this.#post = post;
  }

  add(token: Token): void {
    if (this.#timer !== undefined) {
      this.#held = this.#held ? { ...token, text: this.#held.text + token.text } : token;
      return;
    }
    this.#post(token);
    this.#timer = setTimeout(() => this.#tick(), FRAME_MS);
  }

  /** Sends what is held now: the ending must not overtake it. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const held = this.#held;
    this.#held = null;
    if (held) this.#post(held);
  }

  #tick(): void {
    this.#timer = undefined;
    const held = this.#held;
    this.#held = null;
    if (held) this.add(held);
  }
}
