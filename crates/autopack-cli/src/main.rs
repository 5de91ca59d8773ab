//! The `autopack` command.

fn main() {}
