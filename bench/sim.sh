#!/usr/bin/env bash
# Whole replies a second of `autopack sim` on one core, in each dialect: bench/sim.sh [SECONDS] [CONNECTIONS]
# The simulator has core 0 and the load core 1. Needs `wrk`, which Debian has.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
seconds=${1:-10}
n_connections=${2:-16}

cargo build --release --locked --quiet
said=$(mktemp)
taskset -c 0 target/release/autopack sim --port 0 >"$said" 2>/dev/null &
simulator=$!
trap 'kill "$simulator"; rm -f "$said"' EXIT
until grep -q listening "$said"; do
    kill -0 "$simulator"
    sleep 0.1
done
url=$(sed -n 's/^simulator listening on //p' "$said")

# The time that the simulator has had of its core, in ticks.
cpu_ticks() {
    awk '{ print $14 + $15 }' "/proc/$simulator/stat"
}

echo "$n_connections connections, $seconds s each; a second of the core leaves out what others had of it"
for dialect in anthropic chat responses gemini; do
    before=$(cpu_ticks)
    load=$(taskset -c 1 wrk --threads 1 --connections "$n_connections" --duration "${seconds}s" \
        --script bench/sim.lua "$url" -- "$dialect")
    ticks=$(($(cpu_ticks) - before))
    if grep -E 'Non-2xx|Socket errors' <<<"$load" >&2; then
        exit 1
    fi
    awk -v dialect="$dialect" -v ticks="$ticks" -v hz="$(getconf CLK_TCK)" '
        / requests in / { n = $1; read = $5 }
        /^Requests\/sec/ {
            printf "%-9s %6d replies a second, %6d a second of the core; %s read\n", dialect, $2, n / ticks * hz, read
        }' <<<"$load"
done
