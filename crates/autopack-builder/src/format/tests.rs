use std::collections::HashMap;

use autopack_core::EmptyWorkspace;
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::change::Edit;

fn phase(deliverables: &[&str], builder_mode: Option<&str>) -> Phase {
    Phase {
        deliverables: deliverables.iter().collect(),
        builder_mode: builder_mode.map(str::to_owned),
        ..Phase::default()
    }
}

#[test]
fn the_first_rule_that_applies_chooses() {
    use ReplyFormat::{Operations, UnifiedDiff, WholeFiles};
    let workspace = HashMap::from([("src/a.rs".to_owned(), String::new())]);
    let five = &["a", "b", "c", "d", "e"][..];
    let old = &["modify src/a.rs"][..];
    for (deliverables, mode, size, expected) in [
        (five, Some("full_file"), None, Operations),
        (
            old,
            Some("structured_edit"),
            Some(LARGE_REFACTOR),
            Operations,
        ),
        (old, Some(" Full_File "), None, WholeFiles),
        (
            &["src/b.rs"][..],
            Some("diff"),
            Some(LARGE_REFACTOR),
            UnifiedDiff,
        ),
        (old, None, Some(LARGE_REFACTOR), WholeFiles),
        (old, None, Some("small_fix"), UnifiedDiff),
        (&["src/b.rs"], None, None, WholeFiles),
        (&["src/b.rs", "src/a.rs"], None, None, UnifiedDiff),
        (&[], None, None, UnifiedDiff),
        (old, Some("scaffolding_heavy"), None, UnifiedDiff),
    ] {
        let found = ReplyFormat::of(&phase(deliverables, mode), size, &workspace);
        assert_eq!(found, expected, "{deliverables:?} {mode:?} {size:?}");
    }
    let all_new = ReplyFormat::of(&phase(old, None), None, &EmptyWorkspace);
    assert_eq!(all_new, WholeFiles);
}

#[test]
fn a_reply_that_asks_for_nothing_is_refused() {
    for format in ReplyFormat::ALL {
        for reply in ["", "\n \n"] {
            let error = format.parse(reply).expect_err("nothing");
            assert_eq!(error.problem(), FormatProblem::NoChange, "{format:?}");
        }
        assert!(format.parse("I cannot do that.\n").is_err(), "{format:?}");
    }
}

#[test]
fn only_operations_survive_a_cut() {
    let reply = "{\"op\":\"delete\",\"path\":\"a\"}\n{\"op\":";
    let found = ReplyFormat::Operations.parse_truncated(reply);
    let found = found.expect("operations");
    assert_eq!(
        (found.changes.as_slice().len(), found.cut_line),
        (1, Some(2))
    );
    for format in [ReplyFormat::UnifiedDiff, ReplyFormat::WholeFiles] {
        let error = format.parse_truncated(reply).expect_err("cut");
        assert_eq!((error.line(), error.problem()), (2, FormatProblem::CutOff));
    }
}

/// Lines that a parser has something to say about.
const BRICKS: [&str; 34] = [
    "diff --git a/a b/a",
    "diff --git a/b c b/b c",
    "new file mode 100644",
    "deleted file mode 100755",
    "old mode 100644",
    "rename from a",
    "rename to b",
    "index 1..2",
    "--- a/a",
    "--- /dev/null",
    "+++ b/a",
    "+++ /dev/null",
    "@@ -1 +1 @@",
    "@@ -0,0 +1,2 @@",
    "@@ -1,2 +1,3 @@ fn",
    "@@ -18446744073709551615 +99999999999999999999 @@",
    " a",
    "-a",
    "+a",
    "",
    " ",
    "\\ No newline at end of file",
    "### a",
    "### `b`",
    "### ../c",
    "```",
    "```rust",
    "````",
    "text",
    "{\"op\":\"create\",\"path\":\"a\",\"content\":\"x\"}",
    "{\"op\":\"edit\",\"path\":\"a\",\"find\":\"x\",\"replace\":\"y\"}",
    "{\"op\":\"delete\",\"path\":\"a\"}",
    "{\"op\":",
    "\r",
];

fn see(reply: &str) -> Result<(), TestCaseError> {
    let n_lines = reply.split('\n').count();
    for format in ReplyFormat::ALL {
        match format.parse(reply) {
            Ok(changes) => prop_assert!(!changes.as_slice().is_empty()),
            Err(error) => prop_assert!((1..=n_lines + 1).contains(&error.line()), "{error}"),
        }
        if let Err(error) = format.parse_truncated(reply) {
            prop_assert!((1..=n_lines).contains(&error.line()), "{error}");
        }
    }
    Ok(())
}

/// Files in full, each in a fence that nothing in it closes.
fn written(files: &[(String, String)]) -> String {
    let section = |(path, text): &(String, String)| {
        let fence = fence_for(text);
        format!("### {path}\n{fence}\n{text}{fence}\n")
    };
    files.iter().map(section).collect()
}

proptest! {
    #[test]
    fn no_text_makes_a_parser_panic(reply in any::<String>()) {
        see(&reply)?;
    }

    #[test]
    fn no_arrangement_of_lines_makes_a_parser_panic(
        bricks in vec(0..BRICKS.len(), 0..40),
        is_ended in any::<bool>(),
    ) {
        let lines: Vec<&str> = bricks.into_iter().map(|brick| BRICKS[brick]).collect();
        see(&(lines.join("\n") + if is_ended { "\n" } else { "" }))?;
    }

    #[test]
    fn whole_files_come_back_as_they_were_written(
        texts in vec("(([a-z`# ]{0,8}|`{3,6}[a-z]{0,3}|### x)\n){0,6}", 1..4),
    ) {
        let name = |(n, text)| (format!("f{n}.md"), text);
        let files: Vec<(String, String)> = texts.into_iter().enumerate().map(name).collect();
        let changes = ReplyFormat::WholeFiles.parse(&written(&files)).expect("well written");
        let found: Vec<(String, String)> = changes
            .as_slice()
            .iter()
            .map(|change| match &change.edit {
                Edit::Write(text) => (change.path.to_string(), text.as_str().to_owned()),
                other => panic!("{other:?}"),
            })
            .collect();
        prop_assert_eq!(found, files);
    }

    #[test]
    fn operations_come_back_as_they_were_written(
        texts in vec(any::<String>(), 1..5),
        cut in any::<prop::sample::Index>(),
    ) {
        let line = |text: &String| {
            serde_json::json!({"op": "append", "path": "a", "content": text}).to_string() + "\n"
        };
        let reply: String = texts.iter().map(line).collect();
        let changes = ReplyFormat::Operations.parse(&reply).expect("well written");
        let expected: Vec<Edit> = texts
            .iter()
            .map(|text| Edit::Append(text.as_str().into()))
            .collect();
        let found = |changes: &Changes| -> Vec<Edit> {
            changes.as_slice().iter().map(|change| change.edit.clone()).collect()
        };
        prop_assert_eq!(&found(&changes), &expected);

        let mut at = cut.index(reply.len());
        while !reply.is_char_boundary(at) {
            at -= 1;
        }
        let found = found(&ReplyFormat::Operations.parse_truncated(&reply[..at]).expect("cut").changes);
        prop_assert!(expected.starts_with(&found));
        prop_assert!(found.len() >= reply[..at].matches('\n').count());
    }
}
