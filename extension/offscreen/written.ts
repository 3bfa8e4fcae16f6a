// What there is of an answer, so that another engine can go on where one has stopped and nobody who reads it notices.

import type { Ending, GenerateResult, Progress } from "../protocol";

export class Written {
  readonly #ids: number[] = [];
  #text = "";
  /** What was there when another engine took over. */
  #before: string | null = null;

  /** The tokens that have been generated, for the engine that goes on. */
  takeOver(): readonly number[] {
    this.#before = this.#text;
    return this.#ids;
  }

  /** Takes down what a surface is about to be told. Tokens' ids are no concern of a surface's. */
  told(progress: Progress): Progress {
    if (progress.type !== "token") return progress;
    const { id, ...token } = progress;
    if (id !== undefined) this.#ids.push(id);
    this.#text += token.text;
    return token;
  }

  /** The ending of the whole answer, by that of its last part. */
  ended(ending: Ending): Ending {
    if (this.#before === null || ending.type !== "done") return ending;
    const rest = ending.result as GenerateResult; // the only work with tokens
    // Its first word came from the engine that is gone, and when is not known here.
    return { type: "done", result: { ...rest, text: this.#before + rest.text, firstTokenMs: 0 } };
  }
}
