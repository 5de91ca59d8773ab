#!/usr/bin/env bash
# Time and memory of `autopack calibrate`: bench/calibrate.sh [ROWS...]; needs Python 3 and GNU time.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
[ $# -gt 0 ] || set -- 1000000 10000000
n_runs=5

cargo build --release --locked --quiet
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for n_rows in "$@"; do
    database=$folder/telemetry.db
    python3 bench/calibrate_rows.py "$n_rows" "$database"
    echo "$n_rows rows, $(stat -c %s "$database") bytes, median of $n_runs runs:"
    for _ in $(seq "$n_runs"); do
        # The answer is no where few rows leave no group sure enough; it took its time all the same.
        env time --quiet -f '%e %U %S %M' -o "$folder/time" \
            target/release/autopack calibrate --method ratio --json --database "sqlite:///$database" >"$folder/out" 2>"$folder/err" || [ $? -eq 1 ]
        cat "$folder/time"
    done | sort -n | awk '
        { line[NR] = $0 }
        END {
            split(line[int((NR + 1) / 2)], run, " ")
            printf "%.2f s (%.2f s of user, %.2f s of system time), peak %d MB resident\n", run[1], run[2], run[3], run[4] / 1024
        }'
    rm "$database"
done
