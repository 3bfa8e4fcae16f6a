/** Unique across surfaces, and nothing that a page could guess: 128 random bits. (crypto.randomUUID is missing on pages that are not
 * https.) */
export function newId(): string {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join("-");
}
