//! A stream of Chat Completions from which usage is taken that was asked for in the client's place: wherever it
//! is cut, the same is left; nothing is added; and what is left says the same, but for the usage.
#![no_main]

use autopack_wire::{Dialect, Reply, StreamReader, UsageFilter, WireError};
use libfuzzer_sys::fuzz_target;

/// The longest piece that a stream is cut into, in bytes: some events have one cut, some many.
const MAX_PIECE_BYTES: usize = 61;

fuzz_target!(|stream: &[u8]| {
    let whole = filtered(stream, usize::MAX);
    // Streams of every length come by, and so are cut in every way.
    let cut = filtered(stream, 1 + stream.len() % MAX_PIECE_BYTES);
    assert_eq!(cut, whole);
    let mut before = stream.iter();
    assert!(
        whole.iter().all(|left| before.any(|byte| byte == left)),
        "what is left stands there in its order"
    );
    let (before, after) = (read(stream), read(&whole));
    let Ok(before) = before else {
        assert!(after.is_err(), "what went wrong is not hidden");
        return;
    };
    let after = after.expect("what could be read still can");
    assert_eq!(after.text, before.text);
    assert_eq!(after.stop, before.stop);
    assert_eq!(after.tool_calls, before.tool_calls);
    assert_eq!(after.ends_in_tool_call, before.ends_in_tool_call);
});

fn filtered(stream: &[u8], piece_bytes: usize) -> Vec<u8> {
    let mut filter = UsageFilter::default();
    let mut left = Vec::new();
    for piece in stream.chunks(piece_bytes) {
        filter.push(piece, &mut left);
    }
    filter.finish(&mut left);
    left
}

fn read(stream: &[u8]) -> Result<Reply, WireError> {
    let mut reader = StreamReader::new(Dialect::OpenAiChat);
    reader.push(stream)?;
    reader.finish()
}
