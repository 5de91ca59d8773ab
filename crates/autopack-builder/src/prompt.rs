//! The prompt of a phase: what is to be done, what should come out, what may be touched.

use std::fmt::Write as _;

use autopack_core::Phase;

use crate::change::Changes;
use crate::salvage::Salvage;

/// Standing instructions of every phase.
pub(crate) const SYSTEM: &str = "You carry out one phase of a software project. Write the \
deliverables in full, in the order they are listed, each under a heading with its path. \
Write nothing else.";

/// What this form of a prompt is called beside the templates of [`crate::Templates`].
pub(crate) const NAME: &str = "prose";

/// The question that `phase` puts to a model.
pub(crate) fn user(phase: &Phase) -> String {
    let mut text = String::new();
    if !phase.description.is_empty() {
        let _ = writeln!(text, "{}\n", phase.description);
    }
    list(&mut text, "Deliverables", phase.deliverables.as_slice());
    list(&mut text, "Paths in scope", &phase.scope_paths);
    if text.is_empty() {
        let _ = writeln!(text, "Carry out the phase `{}`.", phase.phase_id);
    }
    text
}

/// What is added for a model whose answer could not be used.
pub(crate) fn correction(problem: &str) -> String {
    format!(
        "\nYour answer before could not be used: {problem}. Answer again, in full and in the form that is \
         asked for.\n"
    )
}

/// How much of a text that goes on is shown as its end, in characters: two or three lines, enough to find
/// the place.
const END_CHARS: usize = 200;

/// How a model is asked for what is missing behind its answer so far.
pub(crate) fn rest(so_far: &Salvage) -> String {
    match so_far.changes() {
        None => rest_of_prose(so_far.text()),
        Some(changes) => rest_of_operations(changes),
    }
}

fn rest_of_prose(so_far: &str) -> String {
    let start = so_far.char_indices().rev().nth(END_CHARS - 1);
    let end = &so_far[start.map_or(0, |(start, _)| start)..];
    format!(
        "Your answer was cut off. Go on exactly where it stops, in the middle of a word where it stops in \
         one: write what is missing and nothing else, and repeat nothing. It ends in:\n\n{end}"
    )
}

/// Something is asked for in any case, because a model that has nothing to add hardly writes nothing.
fn rest_of_operations(changes: &Changes) -> String {
    let mut paths: Vec<&str> = Vec::new();
    for change in changes.as_slice() {
        if !paths.contains(&change.path.as_str()) {
            paths.push(change.path.as_str());
        }
    }
    let mut text = String::from(
        "Your answer was cut off behind these operations. They count, and are carried out first. They are \
         on:\n",
    );
    for path in paths {
        let _ = writeln!(text, "- {path}");
    }
    text.push_str(
        "Write the operations that are still missing, one JSON object a line, and nothing else. Repeat \
         none; only where none is missing, write the last one again.\n",
    );
    text
}

fn list(text: &mut String, heading: &str, lines: &[String]) {
    if lines.is_empty() {
        return;
    }
    let _ = writeln!(text, "{heading}:");
    for line in lines {
        let _ = writeln!(text, "- {line}");
    }
}

#[cfg(test)]
mod tests {
    use autopack_wire::{Reply, Truncation};

    use super::*;
    use crate::format::ReplyFormat;

    fn salvage(text: &str, format: Option<ReplyFormat>) -> Salvage {
        let reply = Reply {
            text: text.to_owned(),
            ..Reply::default()
        };
        Salvage::of(&reply, Truncation::AtCeiling, format, None).expect("something")
    }

    #[test]
    fn the_rest_of_a_text_is_asked_for_with_its_end() {
        let long = "é".repeat(1000) + "the end";
        let asked = rest(&salvage(&long, None));
        let end = format!("It ends in:\n\n{}the end", "é".repeat(END_CHARS - 7));
        assert!(asked.ends_with(&end), "{asked}");
        assert!(rest(&salvage("short", None)).ends_with(":\n\nshort"));
    }

    #[test]
    fn the_rest_of_operations_is_asked_for_with_the_paths_that_are_done() {
        let operations = [
            r#"{"op":"create","path":"a.md","content":"x"}"#,
            r#"{"op":"append","path":"a.md","content":"y"}"#,
            r#"{"op":"delete","path":"b.md"}"#,
            r#"{"op":"del"#,
        ];
        let asked = rest(&salvage(
            &operations.join("\n"),
            Some(ReplyFormat::Operations),
        ));
        assert!(
            asked.contains("They are on:\n- a.md\n- b.md\nWrite"),
            "{asked}"
        );
    }

    #[test]
    fn a_prompt_says_what_the_phase_says() {
        let phase = Phase {
            phase_id: "p1".to_owned(),
            description: "Explain the installation.".to_owned(),
            deliverables: ["docs/install.md"].iter().collect(),
            scope_paths: vec!["docs/".to_owned()],
            ..Phase::default()
        };
        assert_eq!(
            user(&phase),
            "Explain the installation.\n\nDeliverables:\n- docs/install.md\nPaths in scope:\n- docs/\n"
        );
        let bare = Phase {
            phase_id: "p1".to_owned(),
            ..Phase::default()
        };
        assert_eq!(user(&bare), "Carry out the phase `p1`.\n");
    }
}
