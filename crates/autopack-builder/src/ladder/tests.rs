//! Every rung, and that no way leads back to the same call.

use std::sync::LazyLock;

use autopack_core::{
    CallFacts, Count, Decision, EmptyWorkspace, Phase, Policy, Provider, Question, Stop,
    StopReason, Target, Usage, decide,
};
use autopack_wire::Reply;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::build::BuildError;
use crate::cut::Cut;
use crate::format::ReplyFormat;
use crate::outcome::{Extent, Failure, failure_of};
use crate::ready::Ask;

const LINE: &str = "{\"op\":\"create\",\"path\":\"a\",\"content\":\"x\"}\n";

static POLICY: LazyLock<Policy> = LazyLock::new(Policy::build_142);

fn decision() -> Decision {
    let phase = Phase {
        deliverables: ["Create docs/guide.md"].iter().collect(),
        ..Phase::default()
    };
    decide(Question {
        phase: &phase,
        policy: &POLICY,
        workspace: &EmptyWorkspace,
        context: None,
        target: Target {
            provider: Provider::OpenAi,
            model_limit: Tokens::new(64_000),
            thinking_budget: None,
        },
        facts: CallFacts::default(),
    })
}

/// A job as far as the ladder sees it: what goes out, and what comes back to it.
struct Chain {
    format: Option<ReplyFormat>,
    limit: Tokens,
    ladder: Ladder,
    ready: Option<Ready>,
}

/// What went out in one attempt.
#[derive(Debug)]
struct Sent {
    ask: Ask,
    ceiling: Tokens,
    kind: Option<Truncation>,
    is_escalation: bool,
}

impl Chain {
    fn new(format: Option<ReplyFormat>, limit: u64) -> Self {
        Self {
            format,
            limit: Tokens::new(limit),
            ladder: Ladder::new(),
            ready: Some(Ready::first(decision())),
        }
    }

    /// Answers the attempt that is next with a reply of `text`, cut off or not, and says what went out;
    /// nothing, where the job is over.
    fn answer(&mut self, text: &str, kind: Option<Truncation>) -> Option<Sent> {
        let ready = self.ready.take()?;
        let mut decision = ready.decision().clone();
        // As the client does it where the provider refuses a ceiling.
        if decision.actual_max_tokens > self.limit {
            if self.limit <= ready.above() {
                return None;
            }
            decision = decision.lowered(self.limit);
        }
        let ceiling = decision.actual_max_tokens;
        let reply = Reply {
            text: text.to_owned(),
            ..Reply::default()
        };
        let salvage = kind.and_then(|kind| Salvage::of(&reply, kind, self.format, ready.so_far()));
        let attempt = attempt(decision, ready.extent(), kind, self.format, text);
        let limit = Tokens::new(64_000);
        let next = self
            .ladder
            .next(&ready, &attempt, salvage.as_ref(), limit, &POLICY);
        let is_escalation = next.escalation().is_some();
        self.ready = match next {
            Next::End => None,
            Next::Continued(ready) | Next::Escalated(ready, _) | Next::Corrected(ready) => {
                Some(ready)
            }
        };
        Some(Sent {
            ask: ready.ask().clone(),
            ceiling,
            kind,
            is_escalation,
        })
    }

    fn ask(&self) -> Option<&Ask> {
        self.ready.as_ref().map(Ready::ask)
    }

    fn ceiling(&self) -> Option<u64> {
        let ready = self.ready.as_ref()?;
        Some(ready.decision().actual_max_tokens.get())
    }
}

/// An attempt whose reply used all of its ceiling where it was cut off, and a tenth where not.
fn attempt(
    decision: Decision,
    extent: Extent,
    kind: Option<Truncation>,
    format: Option<ReplyFormat>,
    text: &str,
) -> Attempt {
    let ceiling = decision.actual_max_tokens.get();
    let used = kind.map_or(ceiling / 10, |_| ceiling);
    let stop = Stop {
        reason: StopReason::EndTurn,
        native: None,
    };
    let cut = kind.map(|kind| Cut {
        kind,
        n_operations: None,
    });
    let parsed = format.map(|format| format.parse(text));
    let malformed = parsed
        .and_then(Result::err)
        .map(|error| Failure::Build(BuildError::Format(error)));
    Attempt {
        decision,
        extent,
        usage: Usage {
            output: Count::from(Some(used)),
            ..Usage::default()
        },
        failure: failure_of(cut, &stop, text).or(malformed),
        stop: Some(stop),
        truncation: kind,
        n_calls: 1,
        latency: None,
    }
}

#[test]
fn prose_goes_on_twice_and_then_gets_more_room_once() {
    let mut chain = Chain::new(None, 64_000);
    let cut = Some(Truncation::AtCeiling);
    let at = chain.answer("one ", cut).expect("sent").ceiling.get();
    for (text, so_far, ceiling) in [
        ("two ", "one ", at),
        ("three ", "one two ", at),
        ("and three ", "one two ", at * 5 / 4),
    ] {
        assert!(matches!(chain.ask(), Some(Ask::Rest(rest)) if rest.text() == so_far));
        assert_eq!(chain.ceiling(), Some(ceiling));
        chain.answer(text, cut).expect("sent");
    }
    assert_eq!(chain.ask(), None, "no more");
}

#[test]
fn prose_that_does_not_grow_does_not_go_on() {
    let mut chain = Chain::new(None, 64_000);
    let cut = Some(Truncation::AtCeiling);
    let text = "the same words again";
    let at = chain.answer(text, cut).expect("sent").ceiling.get();
    chain.answer(text, cut);
    assert_eq!(
        chain.ceiling(),
        Some(at * 5 / 4),
        "the repeat brought nothing"
    );
}

#[test]
fn reasoning_that_left_nothing_gets_more_room_and_the_same_question() {
    let mut chain = Chain::new(None, 64_000);
    let sent = chain.answer("", Some(Truncation::EmptyByReasoning));
    let at = sent.expect("sent").ceiling.get();
    assert_eq!(
        (chain.ask(), chain.ceiling()),
        (Some(&Ask::Whole), Some(at * 5 / 4))
    );
}

#[test]
fn a_runaway_and_a_full_window_end_it() {
    for kind in [Truncation::Runaway, Truncation::WindowFull] {
        for format in [None, Some(ReplyFormat::Operations)] {
            let mut chain = Chain::new(format, 64_000);
            chain.answer(LINE, Some(kind));
            assert_eq!(chain.ask(), None, "{kind:?}");
        }
    }
}

#[test]
fn of_operations_only_the_rest_is_asked_for() {
    let mut chain = Chain::new(Some(ReplyFormat::Operations), 64_000);
    let half = format!("{LINE}{{\"op\"");
    let sent = chain.answer(&half, Some(Truncation::AtCeilingUnsaid));
    let at = sent.expect("sent").ceiling.get();
    assert!(matches!(chain.ask(), Some(Ask::Rest(rest)) if rest.text() == LINE));
    assert_eq!(chain.ceiling(), Some(at * 5 / 4));
    // The rest is no operation: all is asked for again, because nobody knows which part is wrong.
    chain.answer("That was all.", None);
    assert!(matches!(chain.ask(), Some(Ask::Again(_))));
    assert_eq!(chain.ceiling(), Some(at * 5 / 4));
}

#[test]
fn a_diff_that_was_cut_off_is_asked_for_again_as_a_whole() {
    let mut chain = Chain::new(Some(ReplyFormat::UnifiedDiff), 64_000);
    let sent = chain.answer("--- a/x\n", Some(Truncation::AtCeiling));
    let at = sent.expect("sent").ceiling.get();
    assert_eq!(
        (chain.ask(), chain.ceiling()),
        (Some(&Ask::Whole), Some(at * 5 / 4))
    );
}

#[test]
fn a_correction_that_is_cut_off_keeps_its_question() {
    let mut chain = Chain::new(Some(ReplyFormat::WholeFiles), 64_000);
    chain.answer("Sure.", None);
    let asked = chain.ask().cloned();
    assert!(matches!(asked, Some(Ask::Again(_))), "{asked:?}");
    chain.answer("### a\n", Some(Truncation::AtCeiling));
    assert_eq!(chain.ask(), asked.as_ref());
}

fn kinds() -> impl Strategy<Value = Option<Truncation>> {
    select(vec![
        None,
        Some(Truncation::AtCeiling),
        Some(Truncation::AtCeilingUnsaid),
        Some(Truncation::EmptyByReasoning),
        Some(Truncation::ToolCallCut),
        Some(Truncation::WindowFull),
        Some(Truncation::Runaway),
    ])
}

fn texts() -> impl Strategy<Value = String> {
    let parts = select(vec![
        "",
        " ",
        "some words, and then some more ",
        LINE,
        "{\"op\"",
    ]);
    prop::collection::vec(parts, 0..4).prop_map(|parts| parts.concat())
}

proptest! {
    /// Whatever comes back, and whatever the provider takes.
    #[test]
    fn no_call_that_was_cut_off_is_sent_again_as_it_was(
        replies in prop::collection::vec((texts(), kinds()), 8),
        format in select(vec![None, Some(ReplyFormat::Operations), Some(ReplyFormat::WholeFiles)]),
        limit in select(vec![64_000, 20_000, 7000, 5000, 4096, 3000]),
    ) {
        let mut chain = Chain::new(format, limit);
        let sent: Vec<Sent> = replies
            .iter()
            .map_while(|(text, kind)| chain.answer(text, *kind))
            .collect();
        prop_assert!(sent.len() <= 5, "{sent:?}");
        prop_assert!(sent.iter().filter(|sent| sent.is_escalation).count() <= 1);
        for (place, earlier) in sent.iter().enumerate() {
            let ends = matches!(earlier.kind, Some(Truncation::Runaway | Truncation::WindowFull));
            prop_assert!(!ends || place + 1 == sent.len(), "{sent:?}");
            for later in &sent[place + 1..] {
                let is_same = later.ask == earlier.ask && later.ceiling <= earlier.ceiling;
                prop_assert!(earlier.kind.is_none() || !is_same, "{sent:?}");
            }
        }
    }
}
