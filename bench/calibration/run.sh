#!/bin/sh
# Backtests every policy on traces made from a folder of data sets: run.sh DATA_DIR [AUTOPACK [CALIBRATION]]
# Prints a Markdown table for each target, and checks the figures of the learned policy against ceilings.
set -eu
here=$(dirname "$0")
data=$1
autopack=${2:-target/release/autopack}
calibration=${3:-target/release/calibration}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 "$here/traces.py" "$data" "$work"
for target in 0.05 0.02 0.01; do
    "$autopack" backtest "$work"/*.csv --target-truncation $target --quota-tokens-per-minute 2000000 --json >"$work/$target.json"
    for trace in "$work"/*.csv; do
        "$autopack" backtest "$trace" --target-truncation $target --policy learned --emit "$trace.ceilings" >/dev/null 2>&1
    done
    python3 "$here/table.py" "$work/$target.json"
    rm "$work"/*.ceilings
done
# What the parts are good for, simulated worlds with a known truth, cold starts, and what learners take when they are
# written down.
echo
"$calibration" ablations "$work"/*.csv
echo
"$calibration" worlds 1000
echo
"$calibration" cold 1000 "$work/servegen_deepseek_r1.csv"
echo
"$calibration" states "$work"/*.csv
# Pictures of two traces, beside this file.
for name in servegen_deepseek_r1 azure_llm_2023; do
    "$autopack" backtest "$work/$name.csv" --policy learned --plot "$here/$name.svg" >/dev/null 2>&1
done
