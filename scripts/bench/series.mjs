// One benchmark's figures over time. Runs in the dashboard's page, too.

/** @typedef {import("./history.mjs").Run} Run */

/** One benchmark's figures on one machine, with the runs they are of. @param {Run[]} runs @param {string} machineId @param {string} id */
export function series(runs, machineId, id) {
  return runs.flatMap((run) => {
    const figure = run.results[id];
    return run.machine.id === machineId && figure ? [{ run, figure }] : [];
  });
}
