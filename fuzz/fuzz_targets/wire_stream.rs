//! A stream in each dialect: wherever it is cut, what is read is the same; and without the text the
//! outcome is the same.
#![no_main]

use autopack_wire::{Dialect, Reply, StreamReader, WireError};
use libfuzzer_sys::fuzz_target;

/// The longest piece that a stream is cut into, in bytes: some events have one cut, some many.
const MAX_PIECE_BYTES: usize = 61;

fuzz_target!(|stream: &[u8]| {
    for dialect in Dialect::ALL {
        let whole = read(StreamReader::new(dialect), stream, usize::MAX);
        // Streams of every length come by, and so are cut in every way.
        let piece_bytes = 1 + stream.len() % MAX_PIECE_BYTES;
        let cut = read(StreamReader::new(dialect), stream, piece_bytes);
        assert_eq!(cut, whole);
        let outcome = read(StreamReader::without_text(dialect), stream, piece_bytes);
        if let (Ok(whole), Ok(outcome)) = (&whole, &outcome) {
            assert_eq!(outcome.usage, whole.usage);
            assert_eq!(outcome.stop, whole.stop);
            assert_eq!(outcome.text_bytes, whole.text.len());
            assert_eq!(outcome.ends_in_tool_call, whole.ends_in_tool_call);
        }
        // Only a text that is no UTF-8 is refused by whoever keeps it alone.
        assert!(whole.is_err() || outcome.is_ok());
    }
});

fn read(mut reader: StreamReader, stream: &[u8], piece_bytes: usize) -> Result<Reply, WireError> {
    for piece in stream.chunks(piece_bytes) {
        reader.push(piece)?;
    }
    reader.finish()
}
