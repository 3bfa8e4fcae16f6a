// One benchmark's trend, drawn by uPlot.
import uPlot from "uplot";
import { format } from "../units.mjs";

/**
 * @param {HTMLElement} parent
 * @param {string} id
 * @param {ReturnType<typeof import("../series.mjs").series>} points
 * @param {number | undefined} limit  its threshold
 * @param {number[]} changes  indices of points where the level changes
 */
export function chart(parent, id, points, limit, changes) {
  const last = points.at(-1);
  const card = document.createElement("article");
  card.className = "chart";
  const title = document.createElement("h3");
  title.textContent = id;
  const about = document.createElement("p");
  const write = (index) => {
    const point = points[index] ?? last;
    if (!point) return;
    const { commit, subject, date } = point.run;
    about.textContent = `${format(point.figure.value, point.figure.kind)} · ${commit.slice(0, 8)} · ${date.slice(0, 10)}`;
    about.title = subject;
  };
  write(points.length - 1);
  card.append(title, about);
  parent.append(card);

  const colour = (name) => resolved(card, name);
  const kind = last?.figure.kind ?? "time";
  // Runs stand side by side, however long it was from one to the next.
  const x = points.map((_, i) => i + 1);
  const y = points.map(({ figure }) => figure.value);
  const axis = { stroke: colour("--soft"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false } };
  return new uPlot(
    {
      width: Math.max(280, card.clientWidth - 24),
      height: 150,
      legend: { show: false },
      scales: {
        x: { time: false, range: [0.5, points.length + 0.5] },
        y: { range: (_, low, high) => [0, high * 1.1 || low] },
      },
      axes: [
        { ...axis, incrs: [1, 2, 5, 10, 20, 50, 100], size: 26 },
        { ...axis, size: 64, values: (_, ticks) => ticks.map((tick) => (tick === 0 ? "0" : format(tick, kind))) },
      ],
      series: [
        {},
        { stroke: colour("--trend"), width: 2, points: { show: true, size: 6, fill: colour("--trend") } },
        { stroke: colour("--bad"), width: 1, dash: [6, 4], points: { show: false } },
      ],
      hooks: {
        setCursor: [(plot) => write(plot.cursor.idx ?? points.length - 1)],
        draw: [
          (plot) => {
            for (const at of changes) upright(plot, at + 0.5, colour("--ink"));
          },
        ],
      },
    },
    // A limit far above all points would press them to the floor; it is drawn where it is near.
    [x, y, y.map(() => (limit !== undefined && limit < Math.max(...y) * 4 ? limit : null))],
    card,
  );
}

/** What a colour of the style sheet comes to, for a canvas. @param {HTMLElement} element @param {string} name */
function resolved(element, name) {
  element.style.color = `var(${name})`;
  const { color } = getComputedStyle(element);
  element.style.color = "";
  return color;
}

/** @param {uPlot} plot @param {number} at @param {string} colour */
function upright({ ctx, bbox, valToPos }, at, colour) {
  const x = valToPos(at, "x", true);
  ctx.save();
  ctx.strokeStyle = colour;
  ctx.setLineDash([2, 3]);
  ctx.beginPath();
  ctx.moveTo(x, bbox.top);
  ctx.lineTo(x, bbox.top + bbox.height);
  ctx.stroke();
  ctx.restore();
}
