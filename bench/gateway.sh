#!/usr/bin/env bash
# The gateway beside its peers, one after the other in one run: bench/gateway.sh PEERS_SH
# PEERS_SH is a script that loads gateways before one mock upstream; it takes TARGETS, and for each of ours a command,
# an address that says when it is ready, and the address to load (OURS_CMD, OURS_READY, …; OURS2_… for a variant).
# Ours runs with telemetry into SQLite, and once more without; the third of ours hands bytes on and looks at none, which is
# what the machine itself takes. In the end the rows are counted: a call that has none is a failure. Needs wrk, python3 and what
# the peers need. AUTOPACK_BIN and FORWARD_BIN name release builds that are there already.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

peers=${1:?usage: bench/gateway.sh PEERS_SH}
[[ -n "${AUTOPACK_BIN:-}" ]] || cargo build --release --quiet --locked --package autopack-cli
[[ -n "${FORWARD_BIN:-}" ]] || cargo build --release --quiet --locked --package autopack-bench --bin forward
binary=$(realpath "${AUTOPACK_BIN:-${CARGO_TARGET_DIR:-target}/release/autopack}")
forward=$(realpath "${FORWARD_BIN:-${CARGO_TARGET_DIR:-target}/release/forward}")

export PEERS_DIR=${PEERS_DIR:-$PWD/target/peers}
export TARGETS=${TARGETS:-direct ours3 ours ours2 portkey litellm direct2}
# The variables in quotes are the script's own.
# shellcheck disable=SC2016
serve='serve --listen 127.0.0.1:$OURS_PORT --database sqlite:///gateway.db'
export OURS_PORT=${OURS_PORT:-18100}
# shellcheck disable=SC2016
export OURS_CMD='env OPENAI_BASE_URL=$MOCK_URL '"$binary $serve"
# shellcheck disable=SC2016
export OURS2_CMD='env OPENAI_BASE_URL=$MOCK_URL TELEMETRY_DB_ENABLED=0 '"$binary $serve"
# shellcheck disable=SC2016
export OURS3_CMD="$forward"' 127.0.0.1:$OURS_PORT ${MOCK_URL#http://}'
export OURS_READY=http://127.0.0.1:$OURS_PORT/readyz OURS2_READY=http://127.0.0.1:$OURS_PORT/readyz

bash "$peers"

# What the gateway said in its end: rows recorded, written, refused, dropped.
results=$PEERS_DIR/results
grep '^rows:' "$results/ours.log"
python3 - "$results" <<'PY'
import json, sqlite3, sys
folder = sys.argv[1]
loads = [json.loads(line) for line in open(f"{folder}/results.jsonl")]
n_asked = sum(load["requests"] for load in loads if load["target"] == "ours" and load["kind"] != "memory")
database = sqlite3.connect(f"file:{folder}/ours.d/gateway.db?mode=ro", uri=True)
(n_rows,) = database.execute("SELECT count(*) FROM token_estimation_v2_events").fetchone()
print(f"rows in the database: {n_rows}; calls that were measured: {n_asked}; the others are warm-up and checks")
sys.exit(n_rows < n_asked)
PY
