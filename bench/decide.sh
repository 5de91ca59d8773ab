#!/usr/bin/env bash
# Lines a second of `autopack decide` on one core: bench/decide.sh [LINES] [RUNS]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
n_lines=${1:-400000}
n_runs=${2:-5}

cargo build --release --locked --quiet
lines=$(mktemp)
trap 'rm -f "$lines"' EXIT
python3 bench/decide_lines.py "$n_lines" >"$lines"
echo "$n_lines distinct lines, $(stat -c %s "$lines") bytes, one core, best and median of $n_runs runs"
for _ in $(seq "$n_runs"); do
    started=$(date +%s%N)
    taskset -c 0 target/release/autopack decide <"$lines" >/dev/null
    echo $(($(date +%s%N) - started))
done | sort -n | awk -v n="$n_lines" '
    { ns[NR] = $1 }
    END { printf "best %d lines a second, median %d\n", n / ns[1] * 1e9, n / ns[int((NR + 1) / 2)] * 1e9 }'
