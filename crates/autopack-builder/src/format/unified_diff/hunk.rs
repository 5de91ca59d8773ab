//! One hunk of a unified diff: its head, and as many lines as the head says.

use super::DiffProblem;
use crate::change::Hunk;
use crate::format::FormatError;
use crate::format::lines::Lines;

/// The most hunks in one file. A model that changes a file in more than a thousand places writes it
/// anew in less.
pub const MAX_HUNKS: usize = 1000;

/// What follows a line that has no end.
const NO_END: char = '\\';

/// Reads a hunk; its head is the next line.
pub(super) fn read(lines: &mut Lines<'_>) -> Result<Hunk, FormatError> {
    let line = lines.number();
    let head = lines.next().and_then(Head::parse);
    let head = head.ok_or_else(|| FormatError::at(line, DiffProblem::HunkHeader))?;
    let mut block = Block {
        n_old: head.n_old,
        n_new: head.n_new,
        ..Block::default()
    };
    while block.n_old > 0 || block.n_new > 0 {
        let at = lines.number();
        let counts = block.counts();
        let text = lines.next().ok_or_else(|| FormatError::at(at, counts))?;
        block
            .take(text)
            .map_err(|problem| FormatError::at(at, problem))?;
    }
    while let Some(text) = lines.peek() {
        if !text.starts_with(NO_END) {
            break;
        }
        let at = lines.number();
        block
            .take(text)
            .map_err(|problem| FormatError::at(at, problem))?;
        lines.next();
    }
    Ok(Hunk {
        line,
        start: head.start,
        old: block.old.into(),
        new: block.new.into(),
    })
}

/// `@@ -start,n_old +start,n_new @@`; a count of 1 may be left out.
struct Head {
    start: usize,
    n_old: usize,
    n_new: usize,
}

impl Head {
    fn parse(line: &str) -> Option<Self> {
        let ranges = line.strip_prefix("@@ -")?;
        let (old, rest) = ranges.split_once(" +")?;
        let (new, _) = rest.split_once(" @@")?;
        let (start, n_old) = range(old)?;
        let (_, n_new) = range(new)?;
        // An empty block stands behind a line, and behind line 0 in an empty file.
        (start > 0 || n_old == 0).then_some(Self {
            start,
            n_old,
            n_new,
        })
    }
}

fn range(text: &str) -> Option<(usize, usize)> {
    match text.split_once(',') {
        Some((start, count)) => Some((number(start)?, number(count)?)),
        None => Some((number(text)?, 1)),
    }
}

fn number(text: &str) -> Option<usize> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok())?
}

/// What was read of a hunk's lines.
#[derive(Default)]
struct Block {
    old: String,
    new: String,
    /// How many old lines are still to come.
    n_old: usize,
    /// How many new lines are still to come.
    n_new: usize,
    /// On which sides the last line read stands.
    last: (bool, bool),
}

impl Block {
    fn take(&mut self, line: &str) -> Result<(), DiffProblem> {
        let mut characters = line.chars();
        match characters.next() {
            Some(' ') => self.push(characters.as_str(), (true, true)),
            Some('-') => self.push(characters.as_str(), (true, false)),
            Some('+') => self.push(characters.as_str(), (false, true)),
            Some(NO_END) => self.cut_end(),
            // Editors and models drop the blank of an empty line of context.
            None => self.push("", (true, true)),
            Some(_) => Err(DiffProblem::HunkLine),
        }
    }

    fn push(&mut self, line: &str, sides: (bool, bool)) -> Result<(), DiffProblem> {
        let counts = self.counts();
        let is_closed = |text: &str| !text.is_empty() && !text.ends_with('\n');
        for (is_on, text, n_missing) in [
            (sides.0, &mut self.old, &mut self.n_old),
            (sides.1, &mut self.new, &mut self.n_new),
        ] {
            if !is_on {
                continue;
            }
            if is_closed(text) {
                return Err(DiffProblem::NotLast);
            }
            *n_missing = n_missing.checked_sub(1).ok_or(counts)?;
            text.push_str(line);
            text.push('\n');
        }
        self.last = sides;
        Ok(())
    }

    /// Takes the end off the last line.
    fn cut_end(&mut self) -> Result<(), DiffProblem> {
        let (is_old, is_new) = std::mem::take(&mut self.last);
        let is_last = |is_on: bool, n_missing: usize| !is_on || n_missing == 0;
        if !(is_old || is_new) || !is_last(is_old, self.n_old) || !is_last(is_new, self.n_new) {
            return Err(DiffProblem::NotLast);
        }
        if is_old {
            self.old.pop();
        }
        if is_new {
            self.new.pop();
        }
        Ok(())
    }

    const fn counts(&self) -> DiffProblem {
        DiffProblem::Counts {
            n_old: self.n_old,
            n_new: self.n_new,
        }
    }
}
