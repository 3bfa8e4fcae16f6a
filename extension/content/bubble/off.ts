// Alone in its file: the bubble's script is small, and the other messages come with what checks them.

/** The service worker's word to the bubble's script in a page: it is wanted there no longer. */
export const BUBBLE_OFF = "bubble.off";
