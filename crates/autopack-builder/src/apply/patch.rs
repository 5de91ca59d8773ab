//! Changes of a text: hunks, single places, line ends. Nothing is guessed: old lines match exactly.

use std::borrow::Cow;

use crate::change::Hunk;

/// What a reply says about a text, and is not so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Conflict {
    /// The old lines are not there.
    #[error(
        "the hunk on line {hunk} of the reply differs from the file at line {line}, and its old \
         lines stand nowhere else in it: write them as they are"
    )]
    Differs {
        /// The line of the reply where the hunk begins.
        hunk: usize,
        /// The first line of the file that differs.
        line: usize,
    },
    /// The old lines are not where they should be, and at several other places.
    #[error(
        "the hunk on line {hunk} of the reply differs from the file at line {line}, and its old \
         lines stand at several other places: give the right line, or more context"
    )]
    Ambiguous {
        /// The line of the reply where the hunk begins.
        hunk: usize,
        /// The first line of the file that differs.
        line: usize,
    },
    /// A hunk is before or in the one before it.
    #[error(
        "the hunk on line {hunk} of the reply belongs at line {line} of the file, where an earlier \
         one was: write hunks in the order of the file, each place once"
    )]
    Overlaps {
        /// The line of the reply where the hunk begins.
        hunk: usize,
        /// Where it belongs.
        line: usize,
    },
    /// A hunk without old lines.
    #[error(
        "the hunk on line {hunk} of the reply has no old lines, and the file is not empty: add \
         lines of context"
    )]
    NoContext {
        /// The line of the reply where the hunk begins.
        hunk: usize,
    },
    /// A line without an end would be followed by others.
    #[error(
        "the hunk on line {hunk} of the reply ends without a line end, and more lines follow in \
         the file: take `\\ No newline at end of file` out"
    )]
    NotAtEnd {
        /// The line of the reply where the hunk begins.
        hunk: usize,
    },
    /// A file is to go, and is more than was said.
    #[error("the hunks that delete the file leave something of it: they have to take every line")]
    NotAll,
    /// The text to look for is not there.
    #[error("`find` is not in the file: give text that is in it once, as it is")]
    NotFound,
    /// The text to look for is there more than once.
    #[error(
        "`find` is in the file more than once, at lines {first} and {second} first: give more of \
         the text around it"
    )]
    FoundTwice {
        /// The line of the file where it is first.
        first: usize,
        /// The line of the file where it is next.
        second: usize,
    },
}

/// A hunk that belongs elsewhere than it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Moved {
    /// The line of the reply where the hunk begins.
    pub(super) hunk: usize,
    pub(super) stated: usize,
    pub(super) found: usize,
}

/// `text` with `hunks` applied: each at its stated line, or at the one other place where its old lines
/// stand.
pub(super) fn patched(text: &str, hunks: &[Hunk]) -> Result<(String, Vec<Moved>), Conflict> {
    let ends = LineEnds::of(text);
    let lines = split(text);
    let mut out = String::with_capacity(text.len());
    let mut moved = Vec::new();
    let mut n_done = 0;
    for hunk in hunks {
        let (old, new) = ends.given_to_both(hunk.old.as_str(), hunk.new.as_str());
        let old = split(&old);
        let place = place(&lines, &old, hunk)?;
        let after = place + old.len();
        if place < n_done {
            return Err(Conflict::Overlaps {
                hunk: hunk.line,
                line: place + 1,
            });
        }
        if after < lines.len() && !new.is_empty() && !new.ends_with('\n') {
            return Err(Conflict::NotAtEnd { hunk: hunk.line });
        }
        if !old.is_empty() && place + 1 != hunk.start {
            moved.push(Moved {
                hunk: hunk.line,
                stated: hunk.start,
                found: place + 1,
            });
        }
        out.extend(lines[n_done..place].iter().copied());
        out.push_str(&new);
        n_done = after;
    }
    out.extend(lines[n_done..].iter().copied());
    Ok((out, moved))
}

/// The index of the line where the old lines of `hunk` stand.
fn place(lines: &[&str], old: &[&str], hunk: &Hunk) -> Result<usize, Conflict> {
    if old.is_empty() {
        return match lines {
            [] => Ok(0),
            _ => Err(Conflict::NoContext { hunk: hunk.line }),
        };
    }
    let stated = hunk.start.saturating_sub(1);
    let there = lines.get(stated..).unwrap_or_default();
    if there.starts_with(old) {
        return Ok(stated);
    }
    let n_same = old
        .iter()
        .zip(there)
        .take_while(|(old, line)| old == line)
        .count();
    let line = stated.min(lines.len()) + n_same + 1;
    let hunk = hunk.line;
    match places(lines, old)[..] {
        [] => Err(Conflict::Differs { hunk, line }),
        [place] => Ok(place),
        _ => Err(Conflict::Ambiguous { hunk, line }),
    }
}

/// The first two places where `needle` stands in `lines`, by Knuth, Morris and Pratt: in linear time,
/// whatever a model makes up.
fn places(lines: &[&str], needle: &[&str]) -> Vec<usize> {
    let mut found = Vec::new();
    let borders = borders(needle);
    let mut n_same = 0;
    for (index, line) in lines.iter().enumerate() {
        while n_same > 0 && (n_same == needle.len() || needle[n_same] != *line) {
            n_same = borders[n_same - 1];
        }
        n_same += usize::from(needle[n_same] == *line);
        if n_same == needle.len() {
            found.push(index + 1 - needle.len());
            if found.len() == 2 {
                break;
            }
        }
    }
    found
}

/// For each beginning of `needle` the length of the longest shorter beginning that it ends with.
fn borders(needle: &[&str]) -> Vec<usize> {
    let mut borders = vec![0; needle.len()];
    let mut n_same = 0;
    for index in 1..needle.len() {
        while n_same > 0 && needle[n_same] != needle[index] {
            n_same = borders[n_same - 1];
        }
        n_same += usize::from(needle[n_same] == needle[index]);
        borders[index] = n_same;
    }
    borders
}

/// `text` with `replace` in the one place where it says `find`.
pub(super) fn substituted(text: &str, find: &str, replace: &str) -> Result<String, Conflict> {
    let (find, replace) = LineEnds::of(text).given_to_both(find, replace);
    let at = text.find(&*find).ok_or(Conflict::NotFound)?;
    // The next place may begin inside the first.
    let next = at + text[at..].chars().next().map_or(0, char::len_utf8);
    let line_of = |at: usize| 1 + text[..at].matches('\n').count();
    if let Some(second) = text[next..].find(&*find) {
        return Err(Conflict::FoundTwice {
            first: line_of(at),
            second: line_of(next + second),
        });
    }
    let behind = &text[at + find.len()..];
    Ok([&text[..at], &*replace, behind].concat())
}

/// `text` with `more` behind it, on a new line.
pub(super) fn appended(text: &str, more: &str) -> String {
    let ends = LineEnds::of(text);
    let end = if text.is_empty() || text.ends_with('\n') {
        ""
    } else {
        "\n"
    };
    [text, &*ends.given_to(end), &*ends.given_to(more)].concat()
}

/// How the lines of a file end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LineEnds {
    /// Every one in CRLF, and there is one.
    Crlf,
    /// In any other way.
    Other,
}

impl LineEnds {
    pub(super) fn of(text: &str) -> Self {
        let mut ended = text
            .split_inclusive('\n')
            .filter(|line| line.ends_with('\n'))
            .peekable();
        if ended.peek().is_some() && ended.all(|line| line.ends_with("\r\n")) {
            Self::Crlf
        } else {
            Self::Other
        }
    }

    /// Text for the file, given its line ends; text that has a CR means what it says.
    pub(super) fn given_to(self, text: &str) -> Cow<'_, str> {
        if self == Self::Crlf && !text.contains('\r') {
            Cow::Owned(text.replace('\n', "\r\n"))
        } else {
            Cow::Borrowed(text)
        }
    }

    /// Old and new text for the file, given its line ends where neither has a CR: a change of line
    /// ends stays one.
    fn given_to_both<'a>(self, old: &'a str, new: &'a str) -> (Cow<'a, str>, Cow<'a, str>) {
        if old.contains('\r') || new.contains('\r') {
            (Cow::Borrowed(old), Cow::Borrowed(new))
        } else {
            (self.given_to(old), self.given_to(new))
        }
    }
}

fn split(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

#[cfg(test)]
mod tests;
