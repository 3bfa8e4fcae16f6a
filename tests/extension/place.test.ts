import { expect, test } from "vitest";
import { type Box, place } from "../../extension/content/place";

const WINDOW = { width: 1000, height: 700 };

/** The panel at its largest. */
function area(selection: Box | null, window = WINDOW): Box {
  const { left, top, bottom, width, maxHeight } = place(selection, window);
  const upper = top ?? window.height - (bottom ?? 0) - maxHeight;
  return { left, top: upper, right: left + width, bottom: upper + maxHeight };
}

const overlap = (a: Box, b: Box) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
const line = (top: number, left = 300, width = 200, height = 20): Box => ({
  left,
  top,
  right: left + width,
  bottom: top + height,
});

test("below the selection, growing down", () => {
  const { left, top, bottom } = place(line(100), WINDOW);
  expect({ left, top, bottom }).toEqual({ left: 300, top: 128, bottom: null });
});

test("above a selection near the end of the window, growing up", () => {
  const { top, bottom } = place(line(620), WINDOW);
  expect({ top, bottom }).toEqual({ top: null, bottom: 88 });
});

test("beside a selection that leaves room neither above nor below", () => {
  const column: Box = { left: 20, top: 10, right: 400, bottom: 690 };
  expect(place(column, WINDOW).left).toBe(408);
  const mirrored: Box = { left: 600, top: 10, right: 980, bottom: 690 };
  expect(area(mirrored).right).toBe(592);
});

test("never over a selection while there is room, and always within the window", () => {
  for (let top = -40; top < 720; top += 15) {
    for (const left of [-100, 0, 300, 700, 980]) {
      for (const height of [12, 80, 300]) {
        const selection = line(top, left, 200, height);
        const panel = area(selection);
        expect(panel.left).toBeGreaterThanOrEqual(0);
        expect(panel.right).toBeLessThanOrEqual(WINDOW.width);
        expect(panel.top).toBeGreaterThanOrEqual(0);
        expect(panel.bottom).toBeLessThanOrEqual(WINDOW.height);
        const visible = selection.bottom >= 0 && selection.top <= WINDOW.height;
        if (visible) expect(overlap(panel, selection), `selection at ${left},${top}, ${height} high`).toBe(false);
      }
    }
  }
});

test("in a corner when there is no selection or no room at all", () => {
  expect(place(null, WINDOW)).toMatchObject({ bottom: 8, left: 572 });
  expect(place({ left: 0, top: 0, right: 1000, bottom: 700 }, WINDOW)).toMatchObject({ bottom: 8, left: 572 });
});

test("a narrow window gets a narrow panel", () => {
  const panel = area(line(40, 10, 100), { width: 320, height: 568 });
  expect(panel).toMatchObject({ left: 8, right: 312 });
});
