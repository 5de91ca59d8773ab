//! What of a reply that was cut off can be built upon: prose goes on where it stops, and operations
//! count up to the cut. A diff or a whole file breaks at a seam, the call of a tool is never finished by
//! another, and a runaway would run on: of those nothing is.

use std::fmt;

use autopack_wire::{Reply, Truncation};

use crate::change::Changes;
use crate::format::ReplyFormat;
use crate::seam;

/// The answer so far, of which the rest can be asked for.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Salvage {
    /// What came, more than white space; of operations their whole lines.
    text: String,
    /// What the lines ask for, where they are operations.
    changes: Option<Changes>,
}

impl fmt::Debug for Salvage {
    /// Without the text, which enters no log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Salvage({} bytes)", self.text.len())
    }
}

impl Salvage {
    /// What `reply`, cut off in this way, adds to what there was `before`, which stays whatever this reply
    /// is; `format` is that of a phase that is built.
    pub(crate) fn of(
        reply: &Reply,
        kind: Truncation,
        format: Option<ReplyFormat>,
        before: Option<&Self>,
    ) -> Option<Self> {
        let is_plain = matches!(kind, Truncation::AtCeiling | Truncation::AtCeilingUnsaid)
            && reply.tool_calls.is_empty()
            && !reply.ends_in_tool_call;
        let found = match format {
            _ if !is_plain => None,
            None => Some(Self {
                text: reply.text.clone(),
                changes: None,
            }),
            // Where something before the cut is no operation, nothing of it is relied on.
            Some(format) => format.parse_truncated(&reply.text).ok().map(|cut| Self {
                text: cut.text.into_string(),
                changes: Some(cut.changes),
            }),
        };
        let all = match (before, found) {
            (Some(before), Some(found)) => Some(before.and(&found)),
            (before, found) => found.or_else(|| before.cloned()),
        };
        all.filter(|all| !all.text.trim().is_empty())
    }

    fn and(&self, more: &Self) -> Self {
        let changes = self.changes.as_ref().zip(more.changes.as_ref());
        Self {
            text: self.text_with(&more.text),
            changes: changes.map(|(before, more)| before.and(more)),
        }
    }

    /// The text so far.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The text so far, and `more` behind it.
    pub(crate) fn text_with(&self, more: &str) -> String {
        match self.changes {
            None => seam::joined(&self.text, more),
            Some(_) => [&self.text, more].concat(),
        }
    }

    /// The changes so far, where they are operations.
    pub(crate) const fn changes(&self) -> Option<&Changes> {
        self.changes.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use autopack_wire::Dialect;

    use super::*;

    const CREATE: &str = "{\"op\":\"create\",\"path\":\"a\",\"content\":\"x\"}\n";
    const DELETE: &str = "{\"op\":\"delete\",\"path\":\"b\"}\n";

    fn reply(text: &str) -> Reply {
        Reply {
            text: text.to_owned(),
            text_bytes: text.len(),
            ..Reply::default()
        }
    }

    fn salvage(
        text: &str,
        format: Option<ReplyFormat>,
        before: Option<&Salvage>,
    ) -> Option<Salvage> {
        Salvage::of(&reply(text), Truncation::AtCeiling, format, before)
    }

    #[test]
    fn prose_goes_on_at_its_seam() {
        let first = salvage("It was a dark and stormy ni", None, None).expect("prose");
        let both = salvage("ght", None, Some(&first)).expect("prose");
        assert_eq!(both.text(), "It was a dark and stormy night");
        assert_eq!(both.changes(), None);
        assert_eq!(salvage(" \n", None, None), None);
        assert!(!format!("{both:?}").contains("stormy"), "{both:?}");
    }

    #[test]
    fn operations_count_up_to_the_cut_and_nothing_else_does() {
        let format = Some(ReplyFormat::Operations);
        let first = salvage(&format!("{CREATE}{{\"op\""), format, None).expect("operations");
        assert_eq!(first.text(), CREATE);
        let both = salvage(&[CREATE, DELETE, "{"].concat(), format, Some(&first));
        let both = both.expect("operations");
        assert_eq!(both.changes().expect("operations").as_slice().len(), 2);
        assert_eq!(both.text_with("x"), [CREATE, CREATE, DELETE, "x"].concat());

        let malformed = format!("Sure:\n{CREATE}");
        assert_eq!(salvage(&malformed, format, None), None);
        assert_eq!(
            salvage(&malformed, format, Some(&first)).as_ref(),
            Some(&first),
            "what there was stays"
        );
        assert_eq!(salvage("{\"op\"", format, None), None, "no line is whole");
        for format in [ReplyFormat::UnifiedDiff, ReplyFormat::WholeFiles] {
            assert_eq!(salvage("### a\n```\nx\n", Some(format), None), None);
        }
    }

    #[test]
    fn only_a_plain_answer_is_built_upon() {
        use Truncation::{AtCeilingUnsaid, EmptyByReasoning, Runaway, ToolCallCut, WindowFull};
        let text = reply("half");
        assert!(Salvage::of(&text, AtCeilingUnsaid, None, None).is_some());
        for kind in [EmptyByReasoning, Runaway, ToolCallCut, WindowFull] {
            assert_eq!(Salvage::of(&text, kind, None, None), None, "{kind:?}");
        }
        let called = br#"{"choices":[{"message":{"content":"half","tool_calls":[{"function":{"name":"f","arguments":"{}"}}]},"finish_reason":"length"}]}"#;
        let called = Dialect::OpenAiChat.read(called).expect("a reply");
        assert_eq!(
            Salvage::of(&called, Truncation::AtCeiling, None, None),
            None
        );
    }
}
