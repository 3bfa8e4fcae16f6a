// The order of the parts of `npm test`, and what a person sees of those that run at once.
import { heading, note } from "./log.mjs";

/**
 * @typedef {object} Part
 * @property {string} name
 * @property {string} title
 * @property {"aside" | "alone"} [order]  "aside": may run beside the parts that follow; "alone": beside none
 * @property {(output: "show" | "hide") => Promise<import("./counts.mjs").Counts & { text?: string }>} run
 *   `text` is what it printed, which is shown meanwhile or not
 */

/**
 * Runs parts, whatever fails, and says how long each took. They take turns as they are listed. Those that go aside take theirs
 * among themselves, and what they print comes whole, after that of a part they ran beside.
 * @param {Part[]} parts
 */
export async function runParts(parts) {
  const results = new Map();
  const take = async (/** @type {Part} */ part, /** @type {"show" | "hide"} */ output) => {
    const started = Date.now();
    const { text = "", ...counts } = await part.run(output);
    results.set(part, { name: part.name, ms: Date.now() - started, ...counts });
    return text;
  };

  const over = [];
  const show = () => {
    for (const { title, text } of over.splice(0)) {
      heading(title);
      console.log(text.trimEnd());
    }
  };
  const left = new Set();
  let aside = Promise.resolve();
  const wait = async () => {
    if (left.size > 0) note(`Waiting for: ${[...left].join(", ")}`);
    await aside;
    show();
  };

  for (const [i, part] of parts.entries()) {
    const { name, title, order } = part;
    if (order === "aside" && hasCompany(parts.slice(i + 1))) {
      left.add(name);
      aside = aside.then(async () => {
        over.push({ title, text: await take(part, "hide") });
        left.delete(name);
      });
      aside.catch(() => {}); // heard by who waits
      continue;
    }
    if (order === "alone") await wait();
    heading(title);
    await take(part, "show");
    show();
  }
  await wait();
  return parts.map((part) => results.get(part));
}

/** Whether the next part that takes its turn may have others beside it. @param {Part[]} parts */
function hasCompany(parts) {
  const next = parts.find(({ order }) => order !== "aside");
  return next !== undefined && next.order !== "alone";
}
