// Caps on what is read of a page: one of a million words is six million characters.

export const MAX_CHARS = 8_000_000;
export const MAX_PARAGRAPHS = 100_000;
