// The in-page panel, seen from outside. Its shadow root is closed, so a page's scripts (and Playwright's selectors, which are
// such scripts) cannot see into it; the debugger can.

const HOST = "chord-assistant";

const OPENED = `
  const look = () => root.querySelector("[role=dialog]") !== null;
  if (look()) return;
  await new Promise((resolve) => new MutationObserver(() => look() && resolve()).observe(root, { subtree: true, childList: true }));`;

// Resolves at the next change of the answer's text (`value` is the text seen last), or when it is over.
const NEXT_CHANGE = `
  const look = () => {
    const error = root.querySelector('[data-testid="panel-error"]');
    const answer = root.querySelector('[data-testid="panel-answer"]');
    const text = answer?.textContent ?? "";
    const over = Boolean(error?.textContent) || ["done", "stopped", "error"].includes(answer?.dataset.state);
    return { text, over, state: answer?.dataset.state, error: error?.textContent || undefined, code: error?.dataset.code };
  };
  const first = look();
  if (first.over || first.text !== value) return first;
  return await new Promise((resolve) => {
    const observer = new MutationObserver(() => {
      const shown = look();
      if (!shown.over && shown.text === value) return;
      observer.disconnect();
      resolve(shown);
    });
    observer.observe(root, { subtree: true, childList: true, characterData: true, attributes: true });
  });`;

export class Panel {
  #page;
  #session;
  /** @type {string | undefined} the shadow root, as the debugger knows it */
  #root;

  constructor(page, session) {
    this.#page = page;
    this.#session = session;
  }

  /**
   * The panel of a page, whether it is open by now or not.
   * @param {import("playwright-core").Page} page
   */
  static async on(page) {
    const session = await page.context().newCDPSession(page);
    await session.send("DOM.enable");
    return new Panel(page, session);
  }

  /** Waits until the page has a panel with its dialog in it. */
  async opened() {
    await this.#page.locator(HOST).waitFor({ state: "attached" });
    await this.#evaluate(OPENED);
    return this;
  }

  /** Waits until the panel is gone. */
  async closed() {
    await this.#page.locator(HOST).waitFor({ state: "detached" });
  }

  /**
   * What is shown under a test id: its text and data attributes, or undefined.
   * @param {string} testId
   * @returns {Promise<{ text: string, state?: string, code?: string } | undefined>}
   */
  async part(testId) {
    const part = await this.#evaluate(
      `const element = root.querySelector('[data-testid="' + value + '"]');
       return element && { text: element.textContent, state: element.dataset.state, code: element.dataset.code };`,
      testId,
    );
    return part ?? undefined;
  }

  /**
   * Waits until the answer is no longer streaming, telling `onText` the whole text at each change.
   * @param {(text: string) => void} [onText]
   * @returns {Promise<{ text: string, state?: string, error?: string, code?: string }>}
   */
  async answer(onText) {
    let seen = "";
    for (;;) {
      const answer = await this.#evaluate(NEXT_CHANGE, seen);
      const { over, ...shown } = answer;
      seen = shown.text;
      onText?.(seen);
      if (over) return shown;
    }
  }

  /**
   * Clicks a button by its name.
   * @param {string} name
   */
  async click(name) {
    const clicked = await this.#evaluate(
      `const named = (b) => (b.getAttribute("aria-label") ?? b.textContent).trim() === value;
       const button = [...root.querySelectorAll("button")].find(named);
       button?.click();
       return button !== undefined;`,
      name,
    );
    if (!clicked) throw new Error(`the panel has no button "${name}"`);
  }

  /**
   * Clicks a button by its name as a person does: with the mouse, where it stands once it stands still. (The panel follows the
   * selection, a frame after the page has moved that.)
   * @param {string} name
   */
  async press(name) {
    const at = await this.#evaluate(
      `const named = (b) => (b.getAttribute("aria-label") ?? b.textContent).trim() === value;
       const button = [...root.querySelectorAll("button")].find(named);
       if (!button) return null;
       button.scrollIntoView({ block: "nearest" });
       let last;
       for (let still = 0; still < 3; ) {
         const { x, y, width, height } = button.getBoundingClientRect();
         const at = { x: x + width / 2, y: y + height / 2 };
         still = at.x === last?.x && at.y === last.y ? still + 1 : 0;
         last = at;
         await new Promise(requestAnimationFrame);
       }
       return last;`,
      name,
    );
    if (!at) throw new Error(`the panel has no button "${name}"`);
    await this.#page.mouse.click(at.x, at.y);
  }

  /**
   * Whether there is a button of that name.
   * @param {string} name
   */
  async has(name) {
    return this.#evaluate(
      `return [...root.querySelectorAll("button")].some((b) => b.textContent.trim() === value);`,
      name,
    );
  }

  /**
   * Chooses an option of a list by the list's name.
   * @param {string} list
   * @param {string} option
   */
  async choose(list, option) {
    await this.#evaluate(
      `const select = root.querySelector('select[aria-label="' + value.list + '"]');
       select.value = value.option;
       select.dispatchEvent(new Event("change", { bubbles: true }));`,
      { list, option },
    );
  }

  /**
   * The option of a list that is chosen, once there is such a list.
   * @param {string} list
   */
  async chosen(list) {
    return this.#evaluate(`return root.querySelector('select[aria-label="' + value + '"]')?.value;`, list);
  }

  /** The changes of a proofread text. @returns {Promise<{ accepted: boolean, focused: boolean }[]>} */
  async changes() {
    return this.#evaluate(`return [...root.querySelectorAll(".change")].slice(0, 2).map((change) => ({
      accepted: change.getAttribute("aria-pressed") === "true",
      focused: root.activeElement === change,
    }));`);
  }

  /** @param {number} index */
  async focusChange(index) {
    await this.#evaluate(`root.querySelectorAll(".change")[value].focus();`, index);
  }

  /** The colour behind the panel's text, as "rgb(…)". */
  async background() {
    return this.#evaluate(`return getComputedStyle(root.querySelector("[role=dialog]")).backgroundColor;`);
  }

  /** Runs the body of an async function in the page, with `root`, the shadow root, and `value`. */
  async #evaluate(body, value) {
    this.#root ??= await this.#findRoot();
    const { result, exceptionDetails } = await this.#session.send("Runtime.callFunctionOn", {
      objectId: this.#root,
      functionDeclaration: `async function (value) { const root = this; ${body} }`,
      arguments: [{ value }],
      awaitPromise: true,
      returnByValue: true,
    });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  }

  async #findRoot() {
    const { root } = await this.#session.send("DOM.getDocument", { depth: -1, pierce: true });
    const shadow = find(root, (node) => node.localName === HOST)?.shadowRoots?.[0];
    if (!shadow) throw new Error("the page has no panel");
    const { object } = await this.#session.send("DOM.resolveNode", { backendNodeId: shadow.backendNodeId });
    return object.objectId;
  }
}

function find(node, test) {
  if (test(node)) return node;
  for (const child of node.children ?? []) {
    const found = find(child, test);
    if (found) return found;
  }
  return undefined;
}
