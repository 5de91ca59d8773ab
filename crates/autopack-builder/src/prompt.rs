//! The prompt of a phase: what is to be done, what should come out, what may be touched.

use std::fmt::Write as _;

use autopack_core::Phase;

/// Standing instructions of every phase.
pub(crate) const SYSTEM: &str = "You carry out one phase of a software project. Write the \
deliverables in full, in the order they are listed, each under a heading with its path. \
Write nothing else.";

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
    use super::*;

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
