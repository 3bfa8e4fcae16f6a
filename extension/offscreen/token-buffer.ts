// A tiny model makes thousands of tokens a second; a port carries and a page paints far fewer messages. Tokens that come soon
// after each other travel together; a slow model's are never held back. To show a piece of text costs a page a few
// milliseconds, however short it is (`npm run bench:popup`), and nobody sees more than twenty of them a second.

import type { Progress } from "../protocol";

type Token = Extract<Progress, { type: "token" }>;

const TOGETHER_MS = 48; // three frames

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
    this.#timer = setTimeout(() => this.#tick(), TOGETHER_MS);
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
