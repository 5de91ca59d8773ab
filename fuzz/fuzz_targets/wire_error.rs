//! An error reply in each dialect, and the headers of one: read, and never too long; names of headers
//! in any case.
#![no_main]

use std::time::Duration;

use autopack_wire::{Dialect, RateLimit};
use libfuzzer_sys::fuzz_target;

/// 2026-11-23 12:00:00 UTC, since 1970.
const NOW: Duration = Duration::from_secs(1_795_435_200);

fuzz_target!(|body: &[u8]| {
    for dialect in Dialect::ALL {
        let error = dialect.read_error(body);
        let message = error.message.as_deref().unwrap_or_default();
        assert!(message.chars().count() <= 300);
        assert!(!error.to_string().is_empty());
        let _ = error.truncation();
    }
    if let Ok(text) = std::str::from_utf8(body) {
        let headers = || text.lines().filter_map(|line| line.split_once(':'));
        let shouted: Vec<_> = headers()
            .map(|(name, value)| (name.to_ascii_uppercase(), value))
            .collect();
        let shouted = shouted.iter().map(|(name, value)| (&**name, *value));
        assert_eq!(
            RateLimit::read(shouted, NOW),
            RateLimit::read(headers(), NOW)
        );
    }
});
