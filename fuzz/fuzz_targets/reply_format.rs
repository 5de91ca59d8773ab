//! A model's reply in each format: changes, or a refusal that names its line. Changes that are read
//! say the same when they are written anew, and a reply that was cut off says nothing that the whole
//! one does not.
#![no_main]

use std::fmt::Write as _;

use autopack_builder::{Change, Changes, Edit, Hunk, MAX_HUNKS, ReplyFormat, WorkspacePath};
use libfuzzer_sys::fuzz_target;
use serde_json::json;

fuzz_target!(|reply: &str| {
    let n_lines = reply.split('\n').count();
    for format in ReplyFormat::ALL {
        match format.parse(reply) {
            Ok(changes) => {
                check_places(&changes, n_lines);
                let again = format.parse(&written(format, &changes));
                let again = again.expect("what was read can be written");
                assert_eq!(without_lines(&again), without_lines(&changes));
                if format == ReplyFormat::Operations {
                    check_cut(reply, &changes);
                }
            }
            Err(error) => {
                // What is missing is missing behind the last line.
                assert!((1..=n_lines + 1).contains(&error.line()));
                assert!(!error.to_string().is_empty());
            }
        }
        let _ = format.parse_truncated(reply);
    }
});

/// There are changes; they name files of the workspace, and stand one behind the other in the reply.
fn check_places(changes: &Changes, n_lines: usize) {
    assert!(!changes.as_slice().is_empty());
    let mut at = 0;
    let mut is_next = |line: usize| {
        let is_behind = at < line && line <= n_lines;
        at = line;
        is_behind
    };
    for Change { line, path, edit } in changes.as_slice() {
        assert!(is_next(*line));
        assert_eq!(WorkspacePath::parse(path.as_str()).as_ref(), Ok(path));
        if let Edit::Rename { from, .. } = edit {
            assert_ne!(from, path);
        }
        let hunks = hunks(edit);
        assert!(hunks.len() <= MAX_HUNKS);
        assert!(hunks.iter().all(|hunk| is_next(hunk.line)));
    }
}

/// Cut off, a reply keeps its whole operations; all of them, where it was not.
fn check_cut(reply: &str, changes: &Changes) {
    let cut = |reply: &str| ReplyFormat::Operations.parse_truncated(reply);
    let whole = cut(reply).expect("not cut");
    assert_eq!((&whole.changes, whole.cut_line), (changes, None));
    // Text before a fence may be anything, so a cut in it is none that can be told.
    if !reply.contains("```") {
        let half = cut(&reply[..reply.floor_char_boundary(reply.len() / 2)]);
        let half = half.expect("operations to the cut");
        assert!(changes.as_slice().starts_with(half.changes.as_slice()));
        if !half.changes.as_slice().is_empty() {
            let kept = ReplyFormat::Operations.parse(half.text.as_str());
            let kept = kept.expect("whole lines");
            assert_eq!(without_lines(&kept), without_lines(&half.changes));
        }
    }
}

fn hunks(edit: &Edit) -> &[Hunk] {
    match edit {
        Edit::Patch(hunks) | Edit::Delete(hunks) | Edit::Rename { hunks, .. } => hunks,
        _ => &[],
    }
}

/// The changes without their places in the reply.
fn without_lines(changes: &Changes) -> Vec<Change> {
    let mut changes = changes.as_slice().to_vec();
    for change in &mut changes {
        change.line = 0;
        if let Edit::Patch(hunks) | Edit::Delete(hunks) | Edit::Rename { hunks, .. } =
            &mut change.edit
        {
            for hunk in hunks {
                hunk.line = 0;
            }
        }
    }
    changes
}

/// A reply that asks for `changes`.
fn written(format: ReplyFormat, changes: &Changes) -> String {
    let write = match format {
        ReplyFormat::UnifiedDiff => section,
        ReplyFormat::WholeFiles => block,
        ReplyFormat::Operations => operation,
    };
    changes.as_slice().iter().map(write).collect()
}

fn section(Change { path, edit, .. }: &Change) -> String {
    let mut section = match edit {
        Edit::Create { executable, .. } => {
            let mode = if *executable { "100755" } else { "100644" };
            format!(
                "diff --git a/{path} b/{path}\nnew file mode {mode}\n--- /dev/null\n+++ b/{path}\n"
            )
        }
        Edit::Patch(_) => format!("--- a/{path}\n+++ b/{path}\n"),
        Edit::Delete(_) => format!("--- a/{path}\n+++ /dev/null\n"),
        Edit::Rename { from, .. } => {
            format!("diff --git a/{from} b/{path}\nrename from {from}\nrename to {path}\n")
        }
        other => panic!("no diff says {other:?}"),
    };
    if let Edit::Create { content, .. } = edit {
        write_hunk(&mut section, 0, "", content.as_str());
    }
    for hunk in hunks(edit) {
        write_hunk(
            &mut section,
            hunk.start,
            hunk.old.as_str(),
            hunk.new.as_str(),
        );
    }
    section
}

fn write_hunk(section: &mut String, start: usize, old: &str, new: &str) {
    let count = |text: &str| text.split_inclusive('\n').count();
    let _ = writeln!(section, "@@ -{start},{} +1,{} @@", count(old), count(new));
    for (sign, text) in [('-', old), ('+', new)] {
        for line in text.split_inclusive('\n') {
            let end = if line.ends_with('\n') { "" } else { "\n\\\n" };
            let _ = write!(section, "{sign}{line}{end}");
        }
    }
}

fn block(Change { path, edit, .. }: &Change) -> String {
    let Edit::Write(content) = edit else {
        panic!("no file in full is {edit:?}");
    };
    let text = content.as_str();
    assert!(text.is_empty() || text.ends_with('\n'));
    let runs = text.split(|c| c != '`').map(str::len);
    let fence = "`".repeat(runs.max().unwrap_or_default().max(2) + 1);
    format!("### `{path}`\n{fence}\n{text}{fence}\n")
}

fn operation(Change { path, edit, .. }: &Change) -> String {
    let path = path.as_str();
    let operation = match edit {
        Edit::Create { content, .. } => {
            json!({"op": "create", "path": path, "content": content.as_str()})
        }
        Edit::Replace(content) => {
            json!({"op": "replace", "path": path, "content": content.as_str()})
        }
        Edit::Append(content) => json!({"op": "append", "path": path, "content": content.as_str()}),
        Edit::Delete(_) => json!({"op": "delete", "path": path}),
        Edit::Substitute { find, replace } => {
            json!({"op": "edit", "path": path, "find": find.as_str(), "replace": replace.as_str()})
        }
        other => panic!("no operation is {other:?}"),
    };
    format!("{operation}\n")
}
