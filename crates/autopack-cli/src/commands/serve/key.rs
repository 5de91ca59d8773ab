//! Keys for clients of the gateway: hashed, and drawn at random.

use std::io::{self, Read as _};

use anyhow::{Context as _, anyhow, ensure};
use autopack_gateway::KeyHash;

use crate::exit::{Failure, Fault};
use crate::output;

/// The shortest key that is hashed, in bytes: a plain hash hides only what nobody can guess, and sixteen
/// characters drawn at random are more than can be tried.
const MIN_KEY_BYTES: usize = 16;

/// The longest, in bytes: no header of a client's should have to carry more.
const MAX_KEY_BYTES: usize = 512;

/// How many bytes are drawn for a key: 256 bits, as many as its hash has.
const DRAWN_BYTES: usize = 32;

/// Prints the hash of the key on standard input.
pub(super) fn hash() -> Result<(), Failure> {
    output::data(
        hash_of(io::stdin().lock())
            .context("the key on standard input")
            .usage()?,
    )
}

fn hash_of(input: impl io::Read) -> anyhow::Result<KeyHash> {
    let mut text = String::new();
    input
        .take(2 * MAX_KEY_BYTES as u64)
        .read_to_string(&mut text)?;
    let key = text.trim();
    ensure!(
        (MIN_KEY_BYTES..=MAX_KEY_BYTES).contains(&key.len())
            && key.bytes().all(|byte| byte.is_ascii_graphic()),
        "cannot be used: allowed are {MIN_KEY_BYTES} to {MAX_KEY_BYTES} printable ASCII characters without spaces"
    );
    Ok(KeyHash::of(key.as_bytes()))
}

/// Draws a key and prints it with its hash.
pub(super) fn new() -> Result<(), Failure> {
    let mut drawn = [0; DRAWN_BYTES];
    getrandom::fill(&mut drawn)
        .map_err(|error| anyhow!("this machine gives no random numbers: {error}"))
        .outside()?;
    let digits: Vec<String> = drawn.iter().map(|byte| format!("{byte:02x}")).collect();
    let key = format!("apk-{}", digits.concat());
    output::data(format_args!(
        "key  {key}\nhash {}",
        KeyHash::of(key.as_bytes())
    ))?;
    output::say(
        "give the key to the client, and put the hash under [[serve.keys]]; the key is kept nowhere",
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_hashed_without_the_end_of_its_line() {
        let hash = hash_of(&b"apk-0123456789abcdef\n"[..]).expect("a key");
        assert_eq!(hash, KeyHash::of(b"apk-0123456789abcdef"));
    }

    #[test]
    fn what_can_be_guessed_or_sent_by_nobody_is_refused() {
        let long = "k".repeat(MAX_KEY_BYTES + 1);
        for bad in [
            "",
            "short",
            "with spaces in between",
            "schlüssel-0123456789",
            &long,
        ] {
            let error = hash_of(bad.as_bytes()).expect_err(bad);
            let said = error.to_string();
            assert!(said.contains("allowed are 16 to 512"), "{said}");
            assert!(bad.is_empty() || !said.contains(bad), "{said}");
        }
    }
}
