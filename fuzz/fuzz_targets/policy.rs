//! A policy document: read or refused, and a refusal can be told.
#![no_main]

use autopack_core::Policy;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Err(error) = Policy::parse(text) {
        assert!(!error.to_string().is_empty());
    }
});
