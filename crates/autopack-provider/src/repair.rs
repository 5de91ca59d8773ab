//! A call that a provider refuses for its ceiling, mended once with what the refusal names.
//!
//! Every provider that refuses a ceiling says what it would take (provider facts of 2026-11-23, section
//! 4), which also finds limits that the catalogue does not know.

use autopack_core::{CeilingParameter, ThinkingSetting, Tokens, reconcile};
use autopack_wire::{ErrorKind, ErrorReply, Request};

/// What was changed in a call so that the provider takes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repair {
    /// The ceiling was above what the model writes: it went out as this.
    Ceiling(Tokens),
    /// The ceiling was above what the prompt left of the window: it went out as this, which says nothing of other
    /// prompts.
    Room(Tokens),
    /// The ceiling goes by another name.
    Parameter(CeilingParameter),
}

impl Repair {
    /// The repair that `refusal` asks for; `None` where it names nothing that would help. A ceiling is
    /// only ever lowered, and never to where the answer was cut off before.
    pub(crate) fn of(refusal: &ErrorReply, request: &Request<'_>) -> Option<Self> {
        let is_lower = |limit| limit < request.ceiling && limit > request.above;
        match &refusal.kind {
            ErrorKind::CeilingTooHigh { limit: Some(limit) } if is_lower(*limit) => {
                Some(Self::Ceiling(*limit))
            }
            ErrorKind::NoRoom { left } if is_lower(*left) => Some(Self::Room(*left)),
            ErrorKind::WrongParameter {
                instead: Some(parameter),
                ..
            } if *parameter != request.parameter => Some(Self::Parameter(*parameter)),
            _ => None,
        }
    }

    /// The request, mended.
    pub(crate) fn apply<'a>(self, request: &Request<'a>) -> Request<'a> {
        match self {
            Self::Ceiling(limit) | Self::Room(limit) => lowered(request, limit),
            Self::Parameter(parameter) => Request {
                parameter,
                ..*request
            },
        }
    }
}

/// The request under `limit`; a thinking budget gives way as it does where the limit is known before.
fn lowered<'a>(request: &Request<'a>, limit: Tokens) -> Request<'a> {
    let Some(budget) = request.thinking.and_then(ThinkingSetting::budget) else {
        return Request {
            ceiling: limit,
            ..*request
        };
    };
    let answer = Tokens::new(request.ceiling.get().saturating_sub(budget.get()));
    let both = reconcile(answer, budget, limit);
    Request {
        ceiling: both.ceiling,
        thinking: both.thinking_budget.map(ThinkingSetting::Budget),
        ..*request
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REQUEST: Request<'_> = Request {
        model: "m",
        system: "",
        user: "",
        continuation: None,
        ceiling: Tokens::new(20_000),
        above: Tokens::new(0),
        parameter: CeilingParameter::MaxTokens,
        thinking: None,
        stream: false,
    };

    fn refusal(kind: ErrorKind) -> ErrorReply {
        ErrorReply {
            kind,
            ..ErrorReply::default()
        }
    }

    #[test]
    fn a_ceiling_is_lowered_and_never_raised() {
        let told = |limit| {
            let limit = Some(Tokens::new(limit));
            Repair::of(&refusal(ErrorKind::CeilingTooHigh { limit }), &REQUEST)
        };
        let repair = told(16_384).expect("a repair");
        assert_eq!(repair.apply(&REQUEST).ceiling, Tokens::new(16_384));
        assert_eq!(told(20_000), None, "nothing would change");
        assert_eq!(told(30_000), None, "never raised");
        assert_eq!(told(0), None);
    }

    #[test]
    fn what_a_prompt_leaves_is_a_ceiling_for_it_alone() {
        let left = Tokens::new(11_760);
        let repair = Repair::of(&refusal(ErrorKind::NoRoom { left }), &REQUEST);
        assert_eq!(repair, Some(Repair::Room(left)));
        assert_eq!(Repair::Room(left).apply(&REQUEST).ceiling, left);
    }

    #[test]
    fn a_larger_ceiling_is_not_lowered_to_the_one_before() {
        let above = Tokens::new(16_384);
        let larger = Request { above, ..REQUEST };
        for (limit, expected) in [(16_384, None), (16_385, Some(16_385))] {
            let limit = Some(Tokens::new(limit));
            let repair = Repair::of(&refusal(ErrorKind::CeilingTooHigh { limit }), &larger);
            let expected = expected.map(|limit| Repair::Ceiling(Tokens::new(limit)));
            assert_eq!(repair, expected);
        }
    }

    #[test]
    fn a_thinking_budget_gives_way_with_the_ceiling() {
        let request = Request {
            thinking: Some(ThinkingSetting::Budget(Tokens::new(12_000))),
            ..REQUEST
        };
        let mended = Repair::Ceiling(Tokens::new(16_384)).apply(&request);
        assert_eq!(mended.ceiling, Tokens::new(16_384));
        let left = ThinkingSetting::Budget(Tokens::new(16_384 - 8000));
        assert_eq!(mended.thinking, Some(left));
    }

    #[test]
    fn a_parameter_is_renamed() {
        let wrong = refusal(ErrorKind::WrongParameter {
            parameter: "max_tokens".to_owned(),
            instead: Some(CeilingParameter::MaxCompletionTokens),
        });
        let repair = Repair::of(&wrong, &REQUEST).expect("a repair");
        let mended = repair.apply(&REQUEST);
        assert_eq!(mended.parameter, CeilingParameter::MaxCompletionTokens);
        assert_eq!(Repair::of(&wrong, &mended), None, "once");
        assert_eq!(Repair::of(&refusal(ErrorKind::Other), &REQUEST), None);
    }
}
