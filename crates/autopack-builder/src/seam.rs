//! Joins an answer that goes on to what came of it before.

/// The shortest repeat at a seam that is taken for one, in bytes: about four words. A shorter one may
/// be meant.
const MIN_OVERLAP_BYTES: usize = 16;

/// `so_far` with `more` behind it, and nothing between them. Where `more` begins with the very words
/// that `so_far` ends in, they stand there once.
pub(crate) fn joined(so_far: &str, more: &str) -> String {
    let n_bytes = overlap(so_far.as_bytes(), more.as_bytes());
    // Equal bytes that begin where a character does also end where one does.
    let rest = match n_bytes {
        MIN_OVERLAP_BYTES.. => &more[n_bytes..],
        _ => more,
    };
    [so_far, rest].concat()
}

/// How many bytes at the end of `before` are those at the beginning of `after`, at the most: the search
/// of Knuth, Morris and Pratt, because a text of the size of a reply must not take the square of it.
fn overlap(before: &[u8], after: &[u8]) -> usize {
    let n_bytes = before.len().min(after.len());
    let (before, after) = (&before[before.len() - n_bytes..], &after[..n_bytes]);
    // For each place in `after`: how much of its beginning ends there again.
    let mut again = vec![0; n_bytes];
    for place in 1..n_bytes {
        again[place] = step(after, &again, again[place - 1], after[place]);
    }
    before
        .iter()
        .fold(0, |length, byte| step(after, &again, length, *byte))
}

/// How much of the beginning of `text` is matched once `byte` follows `length` bytes that are.
fn step(text: &[u8], again: &[usize], mut length: usize, byte: u8) -> usize {
    while length > 0 && (length == text.len() || text[length] != byte) {
        length = again[length - 1];
    }
    length + usize::from(text[length] == byte)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn texts_are_joined_as_they_are() {
        assert_eq!(joined("one two thr", "ee four"), "one two three four");
        assert_eq!(joined("a\n", "\nb"), "a\n\nb");
        assert_eq!(joined("", "b"), "b");
        assert_eq!(joined("a", ""), "a");
    }

    #[test]
    fn what_is_said_again_stands_there_once() {
        let before = "the end of a long sentence, which is";
        assert_eq!(
            joined(before, "a long sentence, which is cut off"),
            format!("{before} cut off")
        );
        assert_eq!(joined(before, before), before, "all of it");
        let before = "schöne Grüße aus Zürich";
        assert_eq!(joined(before, "Grüße aus Zürich!"), format!("{before}!"));
    }

    #[test]
    fn a_short_repeat_may_be_meant() {
        // 15 bytes and 16.
        assert_eq!(joined("x no, no, no, no,", "no, no, no, no, no").len(), 35);
        assert_eq!(joined("x 0123456789abcde", "0123456789abcde!").len(), 33);
        assert_eq!(
            joined("x 0123456789abcdef", "0123456789abcdef!"),
            "x 0123456789abcdef!"
        );
    }

    proptest! {
        #[test]
        fn the_overlap_is_the_longest_there_is(before in "[aä]{0,40}", after in "[aä]{0,40}") {
            let longest = (0..=before.len().min(after.len()))
                .rev()
                .find(|&n| before.as_bytes().ends_with(&after.as_bytes()[..n]));
            prop_assert_eq!(Some(overlap(before.as_bytes(), after.as_bytes())), longest);
            let joined = joined(&before, &after);
            prop_assert!(joined.starts_with(&before) && joined.ends_with(&after));
        }
    }
}
