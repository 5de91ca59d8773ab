//! A plan, as TOML and as JSON: read or refused, and a refusal can be told.
#![no_main]

use autopack_core::{Plan, PlanFormat};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for format in [PlanFormat::Toml, PlanFormat::Json] {
        if let Err(error) = Plan::parse(text, format) {
            assert!(!error.to_string().is_empty());
        }
    }
});
