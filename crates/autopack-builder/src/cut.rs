//! How an answer was cut off in the end, in words that say the way out.

use std::fmt;

use autopack_wire::Truncation;

/// How an answer was cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// The way.
    pub kind: Truncation,
    /// How many operations came whole, where the reply is written in such. None of them is carried out.
    pub n_operations: Option<usize>,
}

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            Truncation::AtCeilingUnsaid => {
                "the reply used up its ceiling and counts as cut off, though the provider calls it an end"
            }
            Truncation::EmptyByReasoning => "reasoning took all of the ceiling and left no text",
            Truncation::ToolCallCut => {
                "the reply was cut off in the call of a tool, which is not made then"
            }
            Truncation::WindowFull => {
                "the context window is full, so that a larger ceiling is no cure"
            }
            Truncation::Runaway => {
                "the reply is a runaway, which spends any ceiling on repeating itself or on reasoning alone"
            }
            _ => "the reply was cut off at its ceiling",
        })?;
        if let Some(n_operations) = self.n_operations {
            write!(
                f,
                ", behind {n_operations} whole operations, of which none is carried out"
            )?;
        }
        f.write_str(match self.kind {
            Truncation::EmptyByReasoning => {
                ": lower the effort, or raise `max_tokens` of the phase"
            }
            Truncation::WindowFull => ": show fewer files, or split the phase",
            Truncation::Runaway => ": change the prompt, or lower the effort",
            _ => ": split the phase, or raise its `max_tokens`",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(kind: Truncation, n_operations: Option<usize>) -> String {
        Cut { kind, n_operations }.to_string()
    }

    #[test]
    fn every_way_has_its_way_out() {
        for (kind, way_out) in [
            (Truncation::AtCeiling, "split the phase"),
            (Truncation::AtCeilingUnsaid, "split the phase"),
            (Truncation::ToolCallCut, "split the phase"),
            (Truncation::EmptyByReasoning, "lower the effort"),
            (Truncation::WindowFull, "show fewer files"),
            (
                Truncation::Runaway,
                "change the prompt, or lower the effort",
            ),
        ] {
            let words = words(kind, None);
            let (_, out) = words.split_once(": ").expect("a way out");
            assert!(out.starts_with(way_out), "{words}");
        }
        assert_eq!(
            words(Truncation::AtCeiling, Some(3)),
            "the reply was cut off at its ceiling, behind 3 whole operations, of which none is carried \
             out: split the phase, or raise its `max_tokens`"
        );
    }
}
