// The in-page panel, seen from outside. It is a frame of the extension's in a closed shadow root: a page's scripts (and
// Playwright's selectors, which are such scripts) do not reach it, but it is among the frames that the browser has.

const HOST = "chord-assistant";
const ADDRESS = /^chrome-extension:\/\/[a-z]+\/panel\/index\.html/;

/** Resolves at the next change of the answer's text (`seen` is the text seen last), or when it is over; runs in the frame. */
async function nextChange(seen) {
  const look = () => {
    /** @type {HTMLElement | null} */
    const error = document.querySelector('[data-testid="panel-error"]');
    /** @type {HTMLElement | null} */
    const answer = document.querySelector('[data-testid="panel-answer"]');
    const text = answer?.textContent ?? "";
    const over = Boolean(error?.textContent) || ["done", "stopped", "error"].includes(answer?.dataset.state ?? "");
    return {
      text,
      over,
      state: answer?.dataset.state,
      error: error?.textContent || undefined,
      code: error?.dataset.code,
    };
  };
  const first = look();
  if (first.over || first.text !== seen) return first;
  return new Promise((resolve) => {
    const observer = new MutationObserver(() => {
      const shown = look();
      if (!shown.over && shown.text === seen) return;
      observer.disconnect();
      resolve(shown);
    });
    observer.observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
  });
}

export class Panel {
  #page;

  constructor(page) {
    this.#page = page;
  }

  /**
   * The panel of a page, whether it is open by now or not.
   * @param {import("playwright-core").Page} page
   */
  static async on(page) {
    return new Panel(page);
  }

  /** Waits until the page has a panel with its dialog in it. */
  async opened() {
    await this.#page.locator(HOST).waitFor({ state: "attached" });
    if (!this.#find()) await this.#page.waitForEvent("framenavigated", (frame) => ADDRESS.test(frame.url()));
    await this.frame.getByRole("dialog").waitFor();
    return this;
  }

  /** Waits until the panel is gone. */
  async closed() {
    await this.#page.locator(HOST).waitFor({ state: "detached" });
  }

  /** The frame that the panel stands in. @returns {import("playwright-core").Frame} */
  get frame() {
    const frame = this.#find();
    if (!frame) throw new Error("the page has no panel");
    return frame;
  }

  #find() {
    return this.#page.frames().findLast((frame) => ADDRESS.test(frame.url()));
  }

  /**
   * What is shown under a test id: its text and data attributes, or undefined.
   * @param {string} testId
   * @returns {Promise<{ text: string, state?: string, code?: string } | undefined>}
   */
  async part(testId) {
    const part = await this.frame.evaluate((id) => {
      /** @type {HTMLElement | null} */
      const element = document.querySelector(`[data-testid="${id}"]`);
      return element && { text: element.textContent ?? "", state: element.dataset.state, code: element.dataset.code };
    }, testId);
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
      const { over, ...shown } = await this.frame.evaluate(nextChange, seen);
      seen = shown.text;
      onText?.(seen);
      if (over) return shown;
    }
  }

  /**
   * Clicks a button by its name, as a script does.
   * @param {string} name
   */
  async click(name) {
    await this.#button(name).evaluate((button) => /** @type {HTMLElement} */ (button).click());
  }

  /**
   * Clicks a button by its name as a person does: with the mouse.
   * @param {string} name
   */
  async press(name) {
    await this.#button(name).click();
  }

  /**
   * Whether there is a button of that name.
   * @param {string} name
   */
  async has(name) {
    return (await this.#button(name).count()) > 0;
  }

  /**
   * Chooses an option of a list by the list's name.
   * @param {string} list
   * @param {string} option
   */
  async choose(list, option) {
    await this.frame.getByLabel(list).selectOption(option);
  }

  /**
   * The option of a list that is chosen, once there is such a list.
   * @param {string} list
   */
  async chosen(list) {
    return this.frame.getByLabel(list).inputValue();
  }

  /** The first two changes of a proofread text. @returns {Promise<{ accepted: boolean, focused: boolean }[]>} */
  async changes() {
    return this.frame.evaluate(() =>
      [...document.querySelectorAll(".change")].slice(0, 2).map((change) => ({
        accepted: change.getAttribute("aria-pressed") === "true",
        focused: document.activeElement === change,
      })),
    );
  }

  /** @param {number} index */
  async focusChange(index) {
    await this.frame.locator(".change").nth(index).focus();
  }

  /** The colour behind the panel's text, as "rgb(…)". */
  async background() {
    return this.frame.getByRole("dialog").evaluate((dialog) => getComputedStyle(dialog).backgroundColor);
  }

  #button(name) {
    return this.frame.getByRole("button", { name, exact: true });
  }
}
