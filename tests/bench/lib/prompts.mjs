// Texts of about as many tokens as asked for: frequent English words, which are one token each in most vocabularies.

const WORDS = (
  "the of and to in is it you that he was for on are with as his they be at one have this from or had by not but what " +
  "some we can out other were all there when up use your how said an each she which do their time if will way about " +
  "many then them write would like so these her long make thing see him two has look more day could go come did number " +
  "sound no most people my over know water than call first who may down side been now find"
).split(" ");

let texts = 0;
let tokensPerWord = 1;

/** Makes texts of words. They begin unlike the ones before, so that no engine has read their beginning already. @param {number} count */
export function words(count) {
  texts += 1;
  // Steps that have no factor in common with the number of words lead through all of them.
  const word = (i) => WORDS[(texts * 7 + i * 11) % WORDS.length];
  return Array.from({ length: count }, (_, i) => ` ${word(i)}`).join("");
}

/** A text of about `tokens` tokens. @param {number} tokens */
export function text(tokens) {
  return words(Math.max(1, Math.round(tokens / tokensPerWord)));
}

/** Learns from texts of two lengths how many tokens the model makes of a word. @param {(text: string) => Promise<number>} count */
export async function calibrate(count) {
  const [short, long] = [await count(words(8)), await count(words(40))];
  tokensPerWord = Math.max(0.25, (long - short) / 32);
}
