#!/usr/bin/env bash
# Fuzzes with the compiler of the house, two targets at a time: fuzz/run.sh [SECONDS | --runs N] [TARGET…]
# Without arguments every target runs for a minute. Needs a C++ compiler, for libFuzzer.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

n_at_once=2

# The longest input, in bytes: larger ones find nothing that these do not, and take longer.
max_bytes=4096

# What a good reader takes is microseconds: an input that takes this long is a find, in seconds.
timeout_s=10

limit=-max_total_time=60
case "${1:-}" in
    --runs)
        [[ "${2:-}" =~ ^[0-9]+$ ]] || { echo "--runs is followed by a number of executions" >&2; exit 2; }
        limit=-runs=$2
        shift 2
        ;;
    [0-9]*)
        limit=-max_total_time=$1
        shift
        ;;
esac

all=(fuzz/fuzz_targets/*.rs)
all=("${all[@]##*/}")
all=("${all[@]%.rs}")
targets=("${@:-${all[@]}}")
for target in "${targets[@]}"; do
    [[ -f "fuzz/fuzz_targets/$target.rs" ]] || { echo "unknown target \`$target\`: allowed are ${all[*]}" >&2; exit 2; }
done

# What cargo-fuzz passes for `--sanitizer none`: libFuzzer sees edges and comparisons. With a target
# named, cargo spares build scripts and macros.
host=$(rustc --print host-tuple)
target_dir="${CARGO_TARGET_DIR:-target}/fuzz"
binaries="$target_dir/$host/release"
RUSTFLAGS="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
-Cllvm-args=-sanitizer-coverage-trace-compares -Cllvm-args=-simplifycfg-branch-fold-threshold=0 \
-Ccodegen-units=1 --cfg fuzzing" \
    cargo build --manifest-path fuzz/Cargo.toml --release --locked --target "$host" --target-dir "$target_dir"

# A figure of a log's last lines.
figure() {
    sed -n "s/^stat::$2: *//p" "$1"
}

# Runs one target from its seeds and from what earlier runs found.
fuzz() {
    local target=$1 log="$target_dir/$1.log"
    local dictionary="fuzz/dictionaries/${target%%_*}.dict"
    mkdir -p "fuzz/corpus/$target" "fuzz/artifacts/$target"
    if "$binaries/$target" "$limit" -max_len="$max_bytes" -timeout="$timeout_s" -dict="$dictionary" \
        -artifact_prefix="fuzz/artifacts/$target/" -print_final_stats=1 \
        "fuzz/corpus/$target" "fuzz/seeds/$target" >"$log" 2>&1; then
        printf '%-14s %11d executions without a find, %7d a second\n' "$target" \
            "$(figure "$log" number_of_executed_units)" "$(figure "$log" average_exec_per_sec)"
    else
        tail -n 40 "$log"
        local found
        found=$(sed -n 's/.*Test unit written to //p' "$log")
        echo "==> fuzz: $target ended early${found:+ with a find: $found}" >&2
        return 1
    fi
}

n_running=0
n_failed=0
wait_for_one() {
    wait -n || n_failed=$((n_failed + 1))
    n_running=$((n_running - 1))
}
for target in "${targets[@]}"; do
    ((n_running < n_at_once)) || wait_for_one
    fuzz "$target" &
    n_running=$((n_running + 1))
done
while ((n_running > 0)); do
    wait_for_one
done
exit $((n_failed > 0))
