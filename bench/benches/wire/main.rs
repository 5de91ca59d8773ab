//! What a call costs on the wire: facts of a request, the ceiling spliced in, a stream scanned.
//!
//! Goals, on one core: splicing into a request of 1 MB at 1 GB/s or more, scanning a stream that comes
//! in pieces of 4 KiB at 500 MB/s or more.

mod requests;
mod streams;

use autopack_core::{CeilingParameter, Tokens};
use autopack_wire::{Dialect, StreamReader};
use divan::counter::BytesCount;
use divan::{Bencher, black_box};

/// What a read from a socket often gives.
const PIECE_BYTES: usize = 4096;

fn main() {
    divan::main();
}

/// The ceiling into a buffer that is used again and again, as a gateway does.
#[divan::bench(args = Dialect::ALL)]
fn splice(bencher: Bencher, dialect: Dialect) {
    spliced(bencher, dialect, &requests::conversation(dialect));
}

#[divan::bench]
fn splice_dense(bencher: Bencher) {
    spliced(bencher, Dialect::AnthropicMessages, &requests::tools());
}

fn spliced(bencher: Bencher, dialect: Dialect, body: &[u8]) {
    let mut into = Vec::with_capacity(2 * body.len());
    bencher
        .counter(BytesCount::new(body.len()))
        .bench_local(|| {
            dialect
                .set_ceiling_into(
                    black_box(body),
                    CeilingParameter::MaxTokens,
                    Tokens::new(2048),
                    &mut into,
                )
                .expect("a body");
        });
}

#[divan::bench(args = Dialect::ALL)]
fn facts(bencher: Bencher, dialect: Dialect) {
    let body = requests::conversation(dialect);
    bencher.counter(BytesCount::new(body.len())).bench(|| {
        dialect
            .read_request(black_box(&body))
            .expect("a body")
            .sizes
    });
}

#[divan::bench]
fn facts_dense(bencher: Bencher) {
    let body = requests::tools();
    bencher.counter(BytesCount::new(body.len())).bench(|| {
        Dialect::AnthropicMessages
            .read_request(black_box(&body))
            .expect("a body")
            .sizes
    });
}

/// Usage and stop reason alone, as a gateway reads what it passes on.
#[divan::bench(args = Dialect::ALL)]
fn stream_outcome(bencher: Bencher, dialect: Dialect) {
    scanned(bencher, dialect, StreamReader::without_text);
}

/// The text too.
#[divan::bench(args = Dialect::ALL)]
fn stream_text(bencher: Bencher, dialect: Dialect) {
    scanned(bencher, dialect, StreamReader::new);
}

fn scanned(bencher: Bencher, dialect: Dialect, reader: fn(Dialect) -> StreamReader) {
    let stream = streams::stream(dialect);
    let read = || {
        let mut reader = reader(dialect);
        for piece in stream.chunks(PIECE_BYTES) {
            reader.push(black_box(piece)).expect("a stream");
        }
        reader.finish().expect("a stream")
    };
    let reply = read();
    assert!(reply.text_bytes > 0 && reply.ends_in_tool_call);
    assert_eq!(reply.usage.output.reported(), Some(Tokens::new(40_000)));
    bencher.counter(BytesCount::new(stream.len())).bench(read);
}
