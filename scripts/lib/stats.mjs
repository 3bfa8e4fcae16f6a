// Medians and quantiles. Not means: what disturbs a machine only ever makes it slower.

/** The value below which `share` of them lies, between the two nearest; NaN of none. @param {number[]} values @param {number} share */
export function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = share * (sorted.length - 1);
  const value = (index) => sorted[index] ?? Number.NaN;
  return value(Math.floor(at)) + (value(Math.ceil(at)) - value(Math.floor(at))) * (at % 1);
}

/** @param {number[]} values */
export function median(values) {
  return values.length > 0 ? quantile(values, 0.5) : null;
}

/** Half of the distance between the quartiles, as a share of the median. @param {number[]} values */
export function spread(values) {
  const middle = median(values);
  return middle ? (quantile(values, 0.75) - quantile(values, 0.25)) / 2 / middle : null;
}
