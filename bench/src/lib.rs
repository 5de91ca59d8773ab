//! Benchmarks live in `benches/`; this library is empty on purpose, so that the folder is a package.
