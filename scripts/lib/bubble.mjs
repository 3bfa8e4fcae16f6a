// The bubble beside a selection, seen from outside: its shadow root is closed, so only the debugger can see into it.

const HOST = "chord-bubble";

/**
 * Presses a button of the bubble, with the mouse, once there is one of that name.
 * @param {import("playwright-core").Page} page
 * @param {string} name
 */
export async function pressBubble(page, name) {
  await page.locator(HOST).waitFor({ state: "attached" });
  const session = await page.context().newCDPSession(page);
  try {
    const { root } = await session.send("DOM.getDocument", { depth: -1, pierce: true });
    const button = find(root, (node) => node.localName === "button" && nameOf(node) === name);
    if (!button) throw new Error(`the bubble has no button "${name}"`);
    const { model } = await session.send("DOM.getBoxModel", { backendNodeId: button.backendNodeId });
    const [left = 0, top = 0, , , right = 0, bottom = 0] = model.content;
    await page.mouse.click((left + right) / 2, (top + bottom) / 2);
  } finally {
    await session.detach();
  }
}

function nameOf({ attributes = [], children = [] }) {
  const label = attributes.indexOf("aria-label");
  return label >= 0 ? attributes[label + 1] : children.map(({ nodeValue }) => nodeValue).join("");
}

function find(node, test) {
  if (test(node)) return node;
  for (const child of [...(node.children ?? []), ...(node.shadowRoots ?? [])]) {
    const found = find(child, test);
    if (found) return found;
  }
  return undefined;
}
