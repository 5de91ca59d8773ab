//! Operations: one JSON object a line, each one change to one file.
//!
//! ```text
//! {"op": "create",  "path": "a.txt", "content": "…"}                 the file must not be there
//! {"op": "replace", "path": "a.txt", "content": "…"}                 it must be there
//! {"op": "append",  "path": "a.txt", "content": "…"}                 it must be there
//! {"op": "delete",  "path": "a.txt"}                                 it must be there
//! {"op": "edit",    "path": "a.txt", "find": "…", "replace": "…"}    `find` must be there once
//! ```
//!
//! Each operation has exactly these fields. Blank lines are skipped. A reply that was cut off keeps
//! the operations of its whole lines.

use serde::Deserialize;

use super::fence::{self, OpenEnd};
use super::lines::Lines;
use super::{FormatError, path_at};
use crate::change::{Change, Changes, Content, Edit};

/// What is wrong with an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OperationProblem {
    /// No JSON.
    #[error("no JSON object from column {column} on: write one operation a line, and nothing else")]
    NotJson {
        /// Where it ends to be one, from 1.
        column: usize,
    },
    /// JSON, but no operation.
    #[error(
        "no operation from column {column} on: allowed are the fields `op`, `path`, `content`, \
         `find` and `replace`, each a text and once"
    )]
    NotAnOperation {
        /// Where it ends to be one, from 1.
        column: usize,
    },
    /// An operation that there is not.
    #[error("the `op` is unknown: allowed are create, replace, append, delete and edit")]
    UnknownOp,
    /// A field too many or too few.
    #[error("`{op}` has other fields: allowed are exactly {fields}")]
    Fields {
        /// The operation.
        op: &'static str,
        /// What it has.
        fields: &'static str,
    },
    /// Nothing to look for.
    #[error("`find` is empty: give text that is in the file once")]
    EmptyFind,
}

/// What a reply said before it was cut off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CutReply {
    /// The changes of its whole lines; there may be none.
    pub changes: Changes,
    /// Those lines, each with its end.
    pub text: Content,
    /// The line that was cut off, from 1; `None` where the reply ended with a whole one.
    pub cut_line: Option<usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Operation {
    op: String,
    path: String,
    content: Option<String>,
    find: Option<String>,
    replace: Option<String>,
}

pub(super) fn parse(lines: &Lines<'_>) -> Result<Vec<Change>, FormatError> {
    let mut lines = fence::body(lines, OpenEnd::Refused, is_start)?;
    let mut changes = Vec::new();
    while let Some((at, line)) = next(&mut lines) {
        changes.push(change(at, line)?);
    }
    Ok(changes)
}

/// A line without an end that is no whole operation was cut off; any other has to be one.
pub(super) fn parse_truncated(lines: &Lines<'_>) -> Result<CutReply, FormatError> {
    let mut lines = fence::body(lines, OpenEnd::Taken, is_start)?;
    let mut changes = Vec::new();
    let mut text = String::new();
    let mut cut_line = None;
    while let Some((at, line)) = next(&mut lines) {
        match change(at, line) {
            Ok(change) => {
                changes.push(change);
                text.push_str(line);
                text.push('\n');
            }
            Err(_) if lines.is_at_open_end() => cut_line = Some(at),
            Err(error) => return Err(error),
        }
    }
    Ok(CutReply {
        changes: changes.into(),
        text: text.into(),
        cut_line,
    })
}

fn is_start(line: &str) -> bool {
    line.trim_start().starts_with('{')
}

/// The next line that says something, with its number.
fn next<'a>(lines: &mut Lines<'a>) -> Option<(usize, &'a str)> {
    lines.skip_blank();
    let at = lines.number();
    lines.next().map(|line| (at, line))
}

fn change(line: usize, text: &str) -> Result<Change, FormatError> {
    let problem = |problem: OperationProblem| FormatError::at(line, problem);
    // serde would take the fields from a list too.
    if !is_start(text) {
        return Err(problem(OperationProblem::NotJson { column: 1 }));
    }
    let operation: Operation =
        serde_json::from_str(text).map_err(|error| problem(not_an_operation(&error)))?;
    let edit = edit(&operation).map_err(problem)?;
    Ok(Change {
        line,
        path: path_at(line, &operation.path)?,
        edit,
    })
}

/// serde's own message is not repeated: it quotes what it found.
fn not_an_operation(error: &serde_json::Error) -> OperationProblem {
    let column = error.column();
    match error.classify() {
        serde_json::error::Category::Data => OperationProblem::NotAnOperation { column },
        _ => OperationProblem::NotJson { column },
    }
}

fn edit(operation: &Operation) -> Result<Edit, OperationProblem> {
    let content = operation.content.as_deref();
    let find = operation.find.as_deref();
    let replace = operation.replace.as_deref();
    let given = (content, find, replace);
    let fields = |op, fields| Err(OperationProblem::Fields { op, fields });
    match operation.op.as_str() {
        "create" => match given {
            (Some(content), None, None) => Ok(Edit::Create {
                content: content.into(),
                executable: false,
            }),
            _ => fields("create", "`op`, `path` and `content`"),
        },
        "replace" => match given {
            (Some(content), None, None) => Ok(Edit::Replace(content.into())),
            _ => fields("replace", "`op`, `path` and `content`"),
        },
        "append" => match given {
            (Some(content), None, None) => Ok(Edit::Append(content.into())),
            _ => fields("append", "`op`, `path` and `content`"),
        },
        "delete" => match given {
            (None, None, None) => Ok(Edit::Delete(Vec::new())),
            _ => fields("delete", "`op` and `path`"),
        },
        "edit" => match given {
            (None, Some(""), Some(_)) => Err(OperationProblem::EmptyFind),
            (None, Some(find), Some(replace)) => Ok(Edit::Substitute {
                find: find.into(),
                replace: replace.into(),
            }),
            _ => fields("edit", "`op`, `path`, `find` and `replace`"),
        },
        _ => Err(OperationProblem::UnknownOp),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CREATE: &str = r#"{"op": "create", "path": "a", "content": "x\n"}"#;

    #[test]
    fn every_operation_is_read() {
        let reply = [
            CREATE,
            "",
            r#"{"op":"replace","path":"b","content":""}"#,
            r#"{"op":"append","path":"c","content":"é"}"#,
            r#"{"op":"delete","path":"d","content":null}"#,
            r#"  {"op":"edit","path":"e","find":"1","replace":""}  "#,
        ];
        let changes = parse(&Lines::of(&reply.join("\n"))).expect("operations");
        let edits: Vec<(usize, &str, &Edit)> = changes
            .iter()
            .map(|change| (change.line, change.path.as_str(), &change.edit))
            .collect();
        let create = Edit::Create {
            content: "x\n".into(),
            executable: false,
        };
        let edit = Edit::Substitute {
            find: "1".into(),
            replace: "".into(),
        };
        assert_eq!(
            edits,
            [
                (1, "a", &create),
                (3, "b", &Edit::Replace("".into())),
                (4, "c", &Edit::Append("é".into())),
                (5, "d", &Edit::Delete(Vec::new())),
                (6, "e", &edit),
            ]
        );
    }

    #[test]
    fn anything_else_is_refused_with_its_line() {
        for (line, expected) in [
            ("Here you are:", "no JSON object from column 1 on"),
            (r#"{"op": "create""#, "no JSON object from column"),
            (
                r#"{"op":"delete","path":"a"} {"op":"delete","path":"b"}"#,
                "no JSON object from column 28 on",
            ),
            (
                r#"["delete","a",null,null,null]"#,
                "no JSON object from column 1 on",
            ),
            (r#"{"op": "create"}"#, "no operation from column"),
            (
                r#"{"op":"delete","path":"a","mode":"x"}"#,
                "no operation from",
            ),
            (
                r#"{"op":"delete","path":"a","path":"b"}"#,
                "no operation from",
            ),
            (r#"{"op":"delete","path":3}"#, "no operation from column"),
            (r#"{"op":"chmod","path":"a"}"#, "the `op` is unknown"),
            (
                r#"{"op":"delete","path":"a","content":""}"#,
                "`delete` has other fields: allowed are exactly `op` and `path`",
            ),
            (r#"{"op":"edit","path":"a","find":"x"}"#, "`edit` has other"),
            (r#"{"op":"create","path":"a"}"#, "`create` has other fields"),
            (
                r#"{"op":"edit","path":"a","find":"","replace":"x"}"#,
                "`find` is empty",
            ),
            (r#"{"op":"delete","path":"/a"}"#, "the path is absolute"),
        ] {
            let reply = format!("{CREATE}\n{line}\n");
            let error = parse(&Lines::of(&reply)).expect_err(line).to_string();
            let expected = format!("line 2 of the reply: {expected}");
            assert!(error.starts_with(&expected), "{line}: {error}");
        }
    }

    #[test]
    fn a_message_repeats_nothing_of_the_reply() {
        for line in [
            r#"{"op":"SECRET","path":"a"}"#,
            r#"{"op":"delete","SECRET":"a"}"#,
            r#"{"op":"delete","path":"a","content":{"SECRET":1}}"#,
            "SECRET",
        ] {
            let error = parse(&Lines::of(line)).expect_err(line);
            assert!(!format!("{error} {error:?}").contains("SECRET"), "{error}");
        }
    }

    #[test]
    fn a_cut_reply_keeps_its_whole_operations() {
        let two = format!("{CREATE}\n{CREATE}");
        for cut in 0..=two.len() {
            let reply = format!("```json\n{}", &two[..cut]);
            let found = parse_truncated(&Lines::of(&reply)).expect("operations");
            let n_whole = usize::from(cut >= CREATE.len()) + usize::from(cut == two.len());
            let is_clean = [0, CREATE.len(), CREATE.len() + 1, two.len()].contains(&cut);
            assert_eq!(found.changes.as_slice().len(), n_whole, "{cut}");
            assert_eq!(found.cut_line.is_none(), is_clean, "{cut}");
            assert_eq!(found.text.as_str(), format!("{CREATE}\n").repeat(n_whole));
        }
        let error = parse_truncated(&Lines::of("no\n{\"op\"")).expect_err("not cut");
        assert_eq!(error.line(), 1);
    }
}
