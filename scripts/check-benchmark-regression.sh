#!/usr/bin/env bash
# Rejects benchmarks that take longer than they may: check-benchmark-regression.sh [BASELINES] [RESULTS_DIR]
# (--help says more). All of it is bench/check.mjs, which is tested.
set -eu
exec node "$(dirname "$0")/bench/check.mjs" "$@"
