//! A whole reply in each dialect: read or refused, and its truncation told.
#![no_main]

use autopack_core::Tokens;
use autopack_wire::{Dialect, truncation};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|body: &[u8]| {
    for dialect in Dialect::ALL {
        match dialect.read(body) {
            Ok(reply) => {
                assert_eq!(reply.text.len(), reply.text_bytes);
                let _ = truncation(&reply, Some(Tokens::new(100)));
                let _ = truncation(&reply, None);
            }
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
});
