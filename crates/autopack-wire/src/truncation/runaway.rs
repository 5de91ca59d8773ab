//! Whether a text that was cut off was going round in circles.
//!
//! Two measures of its tail, either of which is enough:
//!
//! - **One block over and over**: the text ends in at least three rounds of the same block, together
//!   at least [`MIN_LOOP_BYTES`] long. Blocks of up to a third of the window are found.
//! - **Hardly any news**: the last [`SQUEEZED_BYTES`] shrink more than eightfold where every repeat
//!   costs [`REPEAT_BYTES`] and every other byte itself. A repeat costs more here than with deflate, so
//!   that rows with a number that goes up are no runaway, however long and like each other they are:
//!   a text with something new every 256 bytes or sooner has eight repeats or more in 2,048 bytes, which
//!   cost 256, and a runaway costs less. What is found beyond exact loops are loops with a slip now and
//!   then.
//!
//! Only for texts that were cut off: a reply that ends by itself may well consist of a thousand
//! zeros.

/// How far back a loop is looked for, in bytes: three rounds of a page of 2.7 kB.
const WINDOW_BYTES: usize = 8192;

/// The shortest loop, in bytes: a ruled line or a row of zeros is shorter, about 250 tokens longer.
const MIN_LOOP_BYTES: usize = 1024;

/// How many rounds make a loop: two are a quotation.
const MIN_ROUNDS: usize = 3;

/// The tail that has to hold news, in bytes (calibration note, section 4: the last 2 KiB).
const SQUEEZED_BYTES: usize = 2048;

/// How far it shrinks at most without being a runaway (the same place: 8).
const MAX_SQUEEZE: usize = 8;

/// The shortest repeat that counts as one, and what each costs, in bytes: an eighth of the 256 of the
/// arithmetic above.
const REPEAT_BYTES: usize = 32;

/// Whether the tail of `text` has the signature of a runaway: a block of up to 2.7 kB at least three
/// times over and for a kilobyte or more, or two kilobytes with next to nothing new in them. Rows that
/// differ in a number are none. Ask it of texts that were cut off only: one that ends by itself may
/// well consist of a thousand zeros.
#[must_use]
pub fn is_runaway(text: &str) -> bool {
    let tail = |n_bytes: usize| &text.as_bytes()[text.len().saturating_sub(n_bytes)..];
    let squeezed = tail(SQUEEZED_BYTES);
    is_loop(tail(WINDOW_BYTES))
        || squeezed.len() == SQUEEZED_BYTES
            && squeezed_bytes(squeezed) * MAX_SQUEEZE < SQUEEZED_BYTES
}

/// Whether `tail` ends in rounds of one block.
fn is_loop(tail: &[u8]) -> bool {
    let backwards: Vec<u8> = tail.iter().rev().copied().collect();
    let repeats = repeats(&backwards);
    (1..=tail.len() / MIN_ROUNDS).any(|block| {
        let length = block + repeats[block];
        length >= MIN_LOOP_BYTES && length >= MIN_ROUNDS * block
    })
}

/// For each place, how many bytes from there on are as at the beginning: the Z function, in linear
/// time (Gusfield, Algorithms on Strings, section 1.4).
fn repeats(text: &[u8]) -> Vec<usize> {
    let mut lengths = vec![0; text.len()];
    // The match that reaches farthest: where it begins and ends.
    let (mut start, mut end) = (0, 0);
    for at in 1..text.len() {
        let mut length = 0;
        if at < end {
            length = lengths[at - start].min(end - at);
        }
        while at + length < text.len() && text[length] == text[at + length] {
            length += 1;
        }
        if at + length > end {
            (start, end) = (at, at + length);
        }
        lengths[at] = length;
    }
    lengths
}

/// What `text` costs, read from the left; a repeat is of the nearest earlier place that begins alike.
fn squeezed_bytes(text: &[u8]) -> usize {
    /// Places by the hash of what begins there: a power of two, larger than the text.
    const N_SLOTS: usize = 4096;
    let mut places = vec![usize::MAX; N_SLOTS];
    let (mut at, mut n_bytes) = (0, 0);
    while at < text.len() {
        let Some(next) = text.get(at..at + REPEAT_BYTES) else {
            return n_bytes + text.len() - at;
        };
        let slot = &mut places[slot_of(next) % N_SLOTS];
        let earlier = std::mem::replace(slot, at);
        let length = if earlier == usize::MAX {
            0
        } else {
            common(&text[earlier..], &text[at..])
        };
        if length < REPEAT_BYTES {
            n_bytes += 1;
            at += 1;
        } else {
            n_bytes += REPEAT_BYTES;
            at += length;
        }
    }
    n_bytes
}

/// FNV-1a, 32 bits.
fn slot_of(bytes: &[u8]) -> usize {
    let hash = bytes.iter().fold(0x811c_9dc5_u32, |hash, byte| {
        (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193)
    });
    (hash >> 16) as usize
}

/// How many bytes two texts have in common at their beginning.
fn common(one: &[u8], other: &[u8]) -> usize {
    one.iter().zip(other).take_while(|(a, b)| a == b).count()
}
