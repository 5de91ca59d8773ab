//! The head of a file in a unified diff: which file, and whether it is new, deleted or renamed.

use super::DiffProblem;
use crate::format::FormatError;
use crate::format::lines::Lines;

pub(super) const GIT: &str = "diff --git ";
pub(super) const OLD_SIDE: &str = "--- ";
const NEW_SIDE: &str = "+++ ";

/// The side on which a file is not there.
const NOWHERE: &str = "/dev/null";

/// Lines that say nothing a reader of text files needs.
const IGNORED: [&str; 3] = ["index ", "similarity index ", "dissimilarity index "];

/// Beginnings of what is refused, with its name.
const UNSUPPORTED: [(&str, &str); 6] = [
    ("copy from ", "a copy"),
    ("copy to ", "a copy"),
    ("old mode ", "a change of the mode"),
    ("new mode ", "a change of the mode"),
    ("Binary files ", "a binary file"),
    ("GIT binary patch", "a binary file"),
];

/// The lines of a head, as far as they were there.
#[derive(Debug, Default)]
pub(super) struct Header<'a> {
    /// What follows `diff --git`.
    git: Option<&'a str>,
    is_new: bool,
    is_deleted: bool,
    pub(super) is_executable: bool,
    rename_from: Option<&'a str>,
    rename_to: Option<&'a str>,
    /// What the `---` and `+++` lines name.
    sides: Option<Sides<'a>>,
}

/// The file before and after; `None` where it is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sides<'a> {
    pub(super) old: Option<&'a str>,
    pub(super) new: Option<&'a str>,
}

/// Reads a head, to its `+++` line or to where the file ends without one.
pub(super) fn read<'a>(lines: &mut Lines<'a>) -> Result<Header<'a>, FormatError> {
    let mut header = Header::default();
    if let Some(git) = lines.peek().and_then(|line| line.strip_prefix(GIT)) {
        lines.next();
        header.git = Some(git);
        while let Some(line) = lines.peek().filter(|line| !is_end(line)) {
            header.extend(line, lines.number())?;
            lines.next();
        }
    }
    let at = lines.number();
    if let Some(old) = lines.peek().and_then(|line| line.strip_prefix(OLD_SIDE)) {
        lines.next();
        header.sides = Some(Sides {
            old: side(old, "a/", at)?,
            new: new_side(lines)?,
        });
    } else if header.git.is_none() {
        return Err(FormatError::at(at, DiffProblem::Stray));
    }
    Ok(header)
}

/// Whether `line` is behind the lines that follow `diff --git`.
fn is_end(line: &str) -> bool {
    line.trim().is_empty()
        || [GIT, OLD_SIDE, "@@"]
            .iter()
            .any(|next| line.starts_with(next))
}

fn new_side<'a>(lines: &mut Lines<'a>) -> Result<Option<&'a str>, FormatError> {
    let at = lines.number();
    let new = lines.next().and_then(|line| line.strip_prefix(NEW_SIDE));
    side(
        new.ok_or_else(|| FormatError::at(at, DiffProblem::NoNewSide))?,
        "b/",
        at,
    )
}

/// The name on one side. What stands behind a tab is a time.
fn side<'a>(
    text: &'a str,
    prefix: &'static str,
    line: usize,
) -> Result<Option<&'a str>, FormatError> {
    let name = text.split('\t').next().unwrap_or_default().trim_end();
    if name == NOWHERE {
        return Ok(None);
    }
    unquoted(name, line)?
        .strip_prefix(prefix)
        .map(Some)
        .ok_or_else(|| FormatError::at(line, DiffProblem::NoPrefix { prefix }))
}

fn unquoted(name: &str, line: usize) -> Result<&str, FormatError> {
    if name.starts_with('"') {
        return Err(FormatError::at(line, DiffProblem::QuotedPath));
    }
    Ok(name)
}

impl<'a> Header<'a> {
    pub(super) const fn is_rename(&self) -> bool {
        self.rename_from.is_some()
    }

    /// Takes one of the lines behind `diff --git`.
    fn extend(&mut self, line: &'a str, at: usize) -> Result<(), FormatError> {
        if let Some(mode) = line.strip_prefix("new file mode ") {
            self.is_new = true;
            self.is_executable = is_executable(mode, at)?;
        } else if let Some(mode) = line.strip_prefix("deleted file mode ") {
            self.is_deleted = true;
            is_executable(mode, at)?;
        } else if let Some(name) = line.strip_prefix("rename from ") {
            self.rename_from = Some(unquoted(name, at)?);
        } else if let Some(name) = line.strip_prefix("rename to ") {
            self.rename_to = Some(unquoted(name, at)?);
        } else if let Some((_, what)) = UNSUPPORTED.iter().find(|(is, _)| line.starts_with(is)) {
            return Err(FormatError::at(at, DiffProblem::Unsupported { what }));
        } else if !IGNORED.iter().any(|known| line.starts_with(known)) {
            return Err(FormatError::at(at, DiffProblem::UnknownHeader));
        }
        Ok(())
    }

    /// The file before and after, on which all lines of the head have to agree.
    pub(super) fn sides(&self, line: usize) -> Result<Sides<'a>, FormatError> {
        let contradiction = || FormatError::at(line, DiffProblem::Contradiction);
        let renamed = match (self.rename_from, self.rename_to) {
            (None, None) => None,
            (Some(from), Some(to)) => Some(Sides {
                old: Some(from),
                new: Some(to),
            }),
            _ => return Err(contradiction()),
        };
        let sides = match (self.sides, renamed) {
            (Some(sides), Some(renamed)) if sides != renamed => return Err(contradiction()),
            (Some(sides), _) | (None, Some(sides)) => sides,
            (None, None) => self.sides_of_git(line)?,
        };
        let Sides { old, new } = sides;
        let is_moved = old.is_some() && new.is_some() && old != new;
        let is_other = |is_said: bool, side: Option<&str>| is_said && side.is_some();
        if is_other(self.is_new, old)
            || is_other(self.is_deleted, new)
            || is_moved != self.is_rename()
            || !self.is_named(sides)
        {
            return Err(contradiction());
        }
        Ok(sides)
    }

    /// The sides of a section that has nothing but its `diff --git` line to name the file: an empty
    /// file that is new or deleted.
    fn sides_of_git(&self, line: usize) -> Result<Sides<'a>, FormatError> {
        let git = self.git.unwrap_or_default();
        let name = halved(unquoted(git, line)?)
            .ok_or_else(|| FormatError::at(line, DiffProblem::Contradiction))?;
        Ok(Sides {
            old: (!self.is_new).then_some(name),
            new: (!self.is_deleted).then_some(name),
        })
    }

    /// Whether the `diff --git` line, where there is one, names these sides.
    fn is_named(&self, Sides { old, new }: Sides<'_>) -> bool {
        let (Some(old), Some(new)) = (old.or(new), new.or(old)) else {
            return false;
        };
        self.git
            .is_none_or(|git| git.trim_end() == format!("a/{old} b/{new}"))
    }
}

/// The name in `a/name b/name`, whatever blanks are in it.
fn halved(git: &str) -> Option<&str> {
    let names = git.trim_end().strip_prefix("a/")?;
    let n_bytes = names.len().checked_sub(" b/".len())? / 2;
    let (name, rest) = names.split_at_checked(n_bytes)?;
    (rest.strip_prefix(" b/") == Some(name)).then_some(name)
}

/// Whether a mode is that of an executable file; links and submodules are refused.
fn is_executable(mode: &str, line: usize) -> Result<bool, FormatError> {
    match mode.trim_end() {
        "100644" => Ok(false),
        "100755" => Ok(true),
        _ => Err(FormatError::at(
            line,
            DiffProblem::Unsupported {
                what: "a link, a submodule or another mode than 100644 and 100755",
            },
        )),
    }
}
