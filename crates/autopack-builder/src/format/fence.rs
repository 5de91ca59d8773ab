//! Fenced blocks: to read a reply that is wrapped in one, and to write text that cannot get out of
//! one.
//!
//! A fence is a line that begins with three backticks or more; as many or more, alone on a line, close
//! it.

use super::lines::Lines;
use super::{FormatError, FormatProblem};

/// The fewest backticks of a fence, as in CommonMark.
const MIN_BACKTICKS: usize = 3;

/// An open fence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fence {
    n_backticks: usize,
}

impl Fence {
    /// The fence that `line` opens, where it opens one.
    pub(super) fn opened_by(line: &str) -> Option<Self> {
        let info = line.trim_start_matches('`');
        let n_backticks = line.len() - info.len();
        (n_backticks >= MIN_BACKTICKS && !info.contains('`')).then_some(Self { n_backticks })
    }

    /// Whether `line` closes it.
    pub(super) fn is_closed_by(self, line: &str) -> bool {
        let line = line.trim_end();
        line.len() >= self.n_backticks && line.bytes().all(|byte| byte == b'`')
    }
}

/// A fence that nothing in `text` closes: a backtick longer than any run of them.
pub(crate) fn fence_for(text: &str) -> String {
    let longest = text
        .split(|c| c != '`')
        .map(str::len)
        .max()
        .unwrap_or_default();
    "`".repeat(MIN_BACKTICKS.max(longest + 1))
}

/// What to do about a block that has no end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OpenEnd {
    /// Refuse it.
    Refused,
    /// Take what is there: the reply was cut off.
    Taken,
}

/// The lines that a format has to be read from: those of the one fenced block in the reply, else all.
///
/// Text around the block is skipped: with one block only, and none of the format's own beginnings
/// (`is_start`) outside, there is no doubt which text is meant.
pub(super) fn body<'a>(
    lines: &Lines<'a>,
    open_end: OpenEnd,
    is_start: fn(&str) -> bool,
) -> Result<Lines<'a>, FormatError> {
    let all = lines.all();
    let error = |index, problem: FormatProblem| FormatError::at(lines.number_of(index), problem);
    let Some((start, fence)) = opening(all, 0) else {
        return Ok(lines.clone());
    };
    let after = start + 1;
    let end = all[after..]
        .iter()
        .position(|line| fence.is_closed_by(line));
    let end = match (end, open_end) {
        (Some(n), _) => after + n,
        (None, OpenEnd::Taken) => all.len(),
        (None, OpenEnd::Refused) => return Err(error(start, FormatProblem::OpenFence)),
    };
    if let Some((second, _)) = opening(all, end + 1) {
        return Err(error(second, FormatProblem::SecondFence));
    }
    let outside = (0..start).chain(end + 1..all.len());
    if let Some(index) = outside.into_iter().find(|&index| is_start(all[index])) {
        return Err(error(index, FormatProblem::OutsideFence));
    }
    Ok(lines.within(after..end))
}

/// The first fence that is opened at or behind index `from`.
fn opening(lines: &[&str], from: usize) -> Option<(usize, Fence)> {
    let open = |(index, line): (usize, &&str)| Some((index, Fence::opened_by(line)?));
    lines.iter().enumerate().skip(from).find_map(open)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body_of(reply: &str, open_end: OpenEnd) -> Result<(usize, Vec<&str>), String> {
        body(&Lines::of(reply), open_end, |line| line.starts_with('{'))
            .map(|lines| (lines.number(), lines.all().to_vec()))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn one_block_is_the_whole_and_no_block_is_all() {
        for (reply, expected) in [
            ("{a\n", (1, vec!["{a"])),
            ("```json\n{a\n```\n", (2, vec!["{a"])),
            (
                "Here:\n\n````\n{a\n```\n````  \nDone.",
                (4, vec!["{a", "```"]),
            ),
        ] {
            assert_eq!(body_of(reply, OpenEnd::Refused), Ok(expected), "{reply}");
        }
        assert_eq!(
            body_of("```\n{a\n{b", OpenEnd::Taken),
            Ok((2, vec!["{a", "{b"]))
        );
    }

    #[test]
    fn what_could_be_meant_otherwise_is_refused() {
        for (reply, expected) in [
            ("x\n```\n{a\n", "line 2 of the reply: the fence is never"),
            ("```\n{a\n```\n```\n```\n", "line 4 of the reply: a second"),
            ("```\n{a\n```\n{b\n", "line 4 of the reply: a change stands"),
            ("{b\n```\n{a\n```\n", "line 1 of the reply: a change stands"),
        ] {
            let error = body_of(reply, OpenEnd::Refused).expect_err(reply);
            assert!(error.starts_with(expected), "{error}");
        }
    }

    #[test]
    fn nothing_in_a_text_closes_its_fence() {
        assert_eq!(fence_for(""), "```");
        assert_eq!(fence_for("a `b` c"), "```");
        assert_eq!(fence_for("````\n```"), "`````");
    }
}
