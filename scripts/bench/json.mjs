// JSON files that a person may have edited: what is wrong with one is said with its path.
import { readFileSync } from "node:fs";
import { InputError } from "../lib/log.mjs";

/** @param {string} path @returns {any} */
export function readJson(path) {
  let text;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new InputError(
      `${path} cannot be read: ${error.code === "ENOENT" ? "there is no such file" : error.message}.`,
    );
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InputError(`${path} is not JSON: ${error.message}.`);
  }
}

/** Whether `value` is a JSON object, and no array or null. @param {unknown} value @returns {value is Record<string, any>} */
export const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
