# The front door. `just ci` is what has to pass before a change goes in.

_default:
    @just --list --unsorted

# Run the example plan against the simulator: no key, no network
run:
    cargo run --release -- run examples/v8b.toml --simulate examples/v8b-scenario.toml

# Every test, offline
test:
    cargo test --workspace --locked

# The official SDKs of the providers, and an agent, against simulator and gateway; needs python3, node and their registries
sdk:
    tests/sdk/run.sh

# A minute of each fuzz target, two at a time; needs a C++ compiler
fuzz:
    fuzz/run.sh

# Measure what decisions and the wire cost
bench:
    cargo bench --package autopack-bench --locked

# Everything that has to pass: tests, then checks
ci: test check

# Every check
check: fmt-check clippy doc book tidy deny

# Format the code
fmt:
    cargo fmt --all
    cargo fmt --manifest-path fuzz/Cargo.toml

# Is the code formatted?
fmt-check:
    cargo fmt --all --check
    cargo fmt --manifest-path fuzz/Cargo.toml --check

# Lints, of tests and benches too
clippy:
    cargo clippy --workspace --all-targets --locked -- -D warnings

# Does the documentation build, with every link leading somewhere?
doc:
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked

# Does the book build? Its commands are run by the tests.
book:
    mdbook build docs

# The house rules: arrows, purity, sizes, words
tidy:
    cargo xtask tidy

# cargo-deny reads the manifests of every platform; a build fetches only this one's.
# Licences, banned crates and sources of what we depend on
deny:
    cargo fetch --locked
    cargo deny --offline check --hide-inclusion-graph licenses bans sources

# Not part of `check`: it downloads the advisory database, and a new advisory is not a change of ours.
# Known vulnerabilities in what we depend on
advisories:
    cargo deny check advisories
