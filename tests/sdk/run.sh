#!/usr/bin/env bash
# Drives the simulator, and then the gateway in front of it, with the providers' official clients: Python and Node,
# each with its pinned versions. What holds of the simulator has to hold through the gateway, word for word. Then what
# the gateway does of its own is seen through the same clients, and a coding agent makes an edit through it.
# Needs python3, Node 20 with npm, and their package registries. Where one of these is missing it says so and
# skips; with CI set, that is a failure. Clients are kept in target/sdk, so a second run installs nothing.
# AUTOPACK_BIN names a binary that is built already.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

tests=tests/sdk
home="$PWD/target/sdk"
venv="$home/venv"
agent_venv="$home/agent"
node_home="$home/node"
binary="${AUTOPACK_BIN:-${CARGO_TARGET_DIR:-target}/debug/autopack}"
mkdir -p "$home"

skip() {
    echo "==> sdk: SKIPPED: $1" >&2
    [[ -z "${CI:-}" ]] || { echo "==> sdk: in CI nothing may be skipped" >&2; exit 1; }
    exit 0
}

# What was installed is written down last, so that an installation that broke off is begun again.
is_installed() {
    cmp --silent "$1" "$2"
}

# install_python REQUIREMENTS ENVIRONMENT
install_python() {
    is_installed "$1" "$2/installed.txt" && return
    rm -rf "$2"
    python3 -m venv "$2" &&
        "$2/bin/python" -m pip install --quiet --disable-pip-version-check --retries 2 --timeout 30 --no-deps \
            --requirement "$1" &&
        cp "$1" "$2/installed.txt"
}

install_node() {
    is_installed "$tests/node/package-lock.json" "$node_home/installed.json" && return
    rm -rf "$node_home"
    mkdir -p "$node_home"
    cp "$tests/node/package.json" "$tests/node/package-lock.json" "$node_home/"
    (cd "$node_home" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) &&
        cp "$tests/node/package-lock.json" "$node_home/installed.json"
}

# Starts a server in the background and leaves its address in `address`: the last word of the line in which it says
# where it listens.
start() {
    local name=$1
    shift
    # There before the first look, whoever comes first.
    : >"$home/$name.out"
    "$binary" "$@" >"$home/$name.out" 2>"$home/$name.err" &
    local server=$!
    servers+=("$server")
    for _ in {1..100}; do
        address=$(sed -n 's/^.* listening on //p' "$home/$name.out")
        [[ -z "$address" ]] || return 0
        kill -0 "$server" 2>/dev/null || break
        sleep 0.1
    done
    echo "==> sdk: the $name does not start:" >&2
    cat "$home/$name.err" >&2
    return 1
}
servers=()
trap '((${#servers[@]} == 0)) || kill "${servers[@]}" 2>/dev/null || true' EXIT

# Both suites against the server at AUTOPACK_URL.
drive() {
    echo "==> sdk: $1 on $AUTOPACK_URL"
    "$venv/bin/python" -m pytest --quiet -p no:cacheprovider "$tests/python" || failed=1
    # One file at a time: the simulator goes through its lists of faults call by call.
    (cd "$node_home" && node --test --test-concurrency=1 --test-reporter=spec ./*.test.mjs) || failed=1
}

# Lock files must work with any registry, and name none.
if grep --quiet '"resolved"' "$tests/node/package-lock.json"; then
    echo "==> sdk: $tests/node/package-lock.json names hosts: install with --omit-lockfile-registry-resolved" >&2
    exit 1
fi

command -v python3 >/dev/null || skip "there is no python3"
command -v node >/dev/null && command -v npm >/dev/null || skip "there is no node with npm"
[[ -n "${AUTOPACK_BIN:-}" ]] || cargo build --quiet --locked --package autopack-cli
install_python "$tests/python/requirements.txt" "$venv" &&
    install_python "$tests/agent/requirements.txt" "$agent_venv" ||
    skip "the Python clients cannot be installed: is their registry out of reach?"
install_node || skip "the Node clients cannot be installed: is their registry out of reach?"

# The tests stand beside the packages, where Node looks for these.
cp "$tests"/node/*.mjs "$node_home/"
export PYTHONDONTWRITEBYTECODE=1 AUTOPACK_URL
failed=0

start simulator sim --port 0 --scenario "$tests/scenario.toml"
simulator=$address
AUTOPACK_URL=$simulator
drive simulator

# The vendors are where the simulator is.
export ANTHROPIC_BASE_URL=$simulator OPENAI_BASE_URL=$simulator GOOGLE_GEMINI_BASE_URL=$simulator
rm -f "$home"/gateway.db*
# The suites show each call site fewer calls than the targets of Anthropic and Gemini ask for.
printf '[serve]\ntarget_truncation = 0.02\n' >"$home/gateway.toml"
start gateway serve --config "$home/gateway.toml" --listen 127.0.0.1:0 --database "sqlite:///$home/gateway.db"
unset ANTHROPIC_BASE_URL OPENAI_BASE_URL GOOGLE_GEMINI_BASE_URL
AUTOPACK_URL=$address
drive gateway
AUTOPACK_BEHIND=$simulator AUTOPACK_DATABASE="$home/gateway.db" AUTOPACK_AGENT="$agent_venv/bin/aider" \
    AUTOPACK_NODE_HOME="$node_home" \
    "$venv/bin/python" -m pytest --quiet -p no:cacheprovider "$tests/gateway" || failed=1

echo "==> sdk: took $SECONDS s"
exit "$failed"
