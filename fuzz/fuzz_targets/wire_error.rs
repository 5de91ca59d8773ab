//! An error reply in each dialect, and the headers of one: read, and never too long.
#![no_main]

use std::time::Duration;

use autopack_wire::{Dialect, RateLimit};
use libfuzzer_sys::fuzz_target;

const DIALECTS: [Dialect; 4] = [
    Dialect::AnthropicMessages,
    Dialect::OpenAiChat,
    Dialect::OpenAiResponses,
    Dialect::GeminiGenerateContent,
];

fuzz_target!(|body: &[u8]| {
    for dialect in DIALECTS {
        let error = dialect.read_error(body);
        let message = error.message.as_deref().unwrap_or_default();
        assert!(message.chars().count() <= 300);
        assert!(!error.to_string().is_empty());
        let _ = error.truncation();
    }
    if let Ok(text) = std::str::from_utf8(body) {
        let headers = text.lines().filter_map(|line| line.split_once(':'));
        let _ = RateLimit::read(headers, Duration::new(1_795_435_200, 0));
    }
});
