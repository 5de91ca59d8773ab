//! Whole files: for each file a line `### path`, and below it the text in a fenced block.
//!
//! ````text
//! ### src/main.rs
//! ```rust
//! fn main() {}
//! ```
//! ````
//!
//! The path may stand in backticks. A fence is longer than any in the file's own text, or that text
//! would end too early. Text before the first heading is skipped; behind a block it is refused, for it
//! may be the rest of a file whose fence was too short. A file ends with a line end, or is empty.

use std::collections::HashSet;

use super::fence::Fence;
use super::lines::Lines;
use super::{FormatError, FormatProblem, path_at};
use crate::change::{Change, Edit};

const HEADING: &str = "### ";

/// What is wrong with a file written in full.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SectionProblem {
    /// Text where a heading should be.
    #[error(
        "text that belongs to no file: allowed is a heading `### path`; a file whose own text has \
         fences needs a longer fence around it"
    )]
    Stray,
    /// No block under a heading.
    #[error("no fenced block follows: put the file's text into one, right below its heading")]
    NoBlock,
    /// A file that came before.
    #[error("the file was written before: write each file once")]
    Twice,
}

pub(super) fn parse(lines: Lines<'_>) -> Result<Vec<Change>, FormatError> {
    let mut lines = unwrapped(lines);
    skip_preamble(&mut lines);
    let mut changes: Vec<Change> = Vec::new();
    let mut seen = HashSet::new();
    loop {
        lines.skip_blank();
        let Some(line) = lines.peek() else {
            return Ok(changes);
        };
        let at = lines.number();
        let heading = line.strip_prefix(HEADING);
        let heading = heading.ok_or_else(|| FormatError::at(at, SectionProblem::Stray))?;
        lines.next();
        let path = path_at(at, unquoted(heading.trim()))?;
        if !seen.insert(path.clone()) {
            return Err(FormatError::at(at, SectionProblem::Twice));
        }
        changes.push(Change {
            line: at,
            path,
            edit: Edit::Write(block(&mut lines, at)?.into()),
        });
    }
}

/// The lines inside a fence around the whole reply. A reply in this format cannot begin with a fence
/// otherwise.
fn unwrapped(lines: Lines<'_>) -> Lines<'_> {
    let all = lines.all();
    let says_something = |line: &&str| !line.trim().is_empty();
    let first = all.iter().position(says_something);
    let last = all.iter().rposition(says_something);
    let (Some(first), Some(last)) = (first, last) else {
        return lines;
    };
    match Fence::opened_by(all[first]) {
        Some(fence) if first < last && fence.is_closed_by(all[last]) => {
            lines.within(first + 1..last)
        }
        _ => lines,
    }
}

/// Goes to the first heading; to nowhere, where a fence comes before it or there is none.
fn skip_preamble(lines: &mut Lines<'_>) {
    let mut ahead = lines.clone();
    while let Some(line) = ahead.peek() {
        if line.starts_with(HEADING) {
            *lines = ahead;
            return;
        }
        if Fence::opened_by(line).is_some() {
            return;
        }
        ahead.next();
    }
}

fn unquoted(path: &str) -> &str {
    path.strip_prefix('`')
        .and_then(|path| path.strip_suffix('`'))
        .unwrap_or(path)
}

/// The text of the block under the heading on line `heading`.
fn block(lines: &mut Lines<'_>, heading: usize) -> Result<String, FormatError> {
    lines.skip_blank();
    let start = lines.number();
    let fence = lines.next().and_then(Fence::opened_by);
    let fence = fence.ok_or_else(|| FormatError::at(heading, SectionProblem::NoBlock))?;
    let mut text = String::new();
    while let Some(line) = lines.next() {
        if fence.is_closed_by(line) {
            return Ok(text);
        }
        text.push_str(line);
        text.push('\n');
    }
    Err(FormatError::at(start, FormatProblem::OpenFence))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(reply: &str) -> Result<Vec<(usize, String, String)>, String> {
        let changes = parse(Lines::of(reply)).map_err(|error| error.to_string())?;
        let file = |change: Change| match change.edit {
            Edit::Write(content) => (change.line, change.path.to_string(), content.into_string()),
            other => panic!("{other:?}"),
        };
        Ok(changes.into_iter().map(file).collect())
    }

    fn file(line: usize, path: &str, text: &str) -> (usize, String, String) {
        (line, path.to_owned(), text.to_owned())
    }

    #[test]
    fn each_file_stands_under_its_heading() {
        let reply = "Two files:\n\n### a.rs\n```rust\nfn a() {}\n\n```\n### `docs/b.md`\n\n````\n```\nx\n```\n````\n";
        let expected = vec![
            file(3, "a.rs", "fn a() {}\n\n"),
            file(8, "docs/b.md", "```\nx\n```\n"),
        ];
        assert_eq!(files(reply), Ok(expected));
        assert_eq!(files("### a\n```\n```"), Ok(vec![file(1, "a", "")]));
        assert_eq!(
            files("```\n### a\n```\nx\n```\n```\n"),
            Ok(vec![file(2, "a", "x\n")]),
            "a fence around the whole"
        );
        assert_eq!(
            files("### a\r\n```\r\nx\r\n```\r\n"),
            Ok(vec![file(1, "a", "x\n")])
        );
        assert_eq!(files("No change is needed.\n").map_err(|_| ()), Err(()));
    }

    #[test]
    fn what_is_unclear_is_refused_with_its_line() {
        for (reply, expected) in [
            ("## a\n```\n```\n", "line 1 of the reply: text that belongs"),
            (
                "### a.md\n```\nx\n```sh\nmake\n```\nrest\n```\n",
                "line 7 of the reply: text that belongs",
            ),
            ("### a\nx\n", "line 1 of the reply: no fenced block"),
            ("### a\n", "line 1 of the reply: no fenced block"),
            (
                "### a\n\n```\nx\n",
                "line 3 of the reply: the fence is never",
            ),
            (
                "### a\n```\n```\n### ./a\n```\n```\n",
                "line 4 of the reply: the file was",
            ),
            (
                "### ../a\n```\n```\n",
                "line 1 of the reply: the path has a `..`",
            ),
            ("###a\n", "line 1 of the reply: text that belongs"),
        ] {
            let error = files(reply).expect_err(reply);
            assert!(error.starts_with(expected), "{reply:?}: {error}");
        }
    }
}
