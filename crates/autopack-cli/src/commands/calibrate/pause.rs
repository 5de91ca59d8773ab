//! What is held back until calls have shown what an earlier calibration did.

use autopack_calibrate::{Change, Earlier, PAUSE_CALLS, Proposal, is_calibrated};
use autopack_core::Policy;
use autopack_store::{ActivationKind, PolicyHistory, StageOutcome, Store};
use jiff::Timestamp;

use crate::exit::{Failure, Fault};
use crate::output;
use crate::settings;

/// The most groups that one line names.
const MAX_NAMED: usize = 5;

/// That a version took effect, or was taken back.
struct Event<'a> {
    version: &'a str,
    at: Timestamp,
    is_taken_back: bool,
}

/// Takes out of a proposal what has to wait, and says so.
pub(super) async fn hold_back(
    proposal: &mut Proposal,
    store: &Store,
    history: &PolicyHistory,
) -> Result<(), Failure> {
    for event in events(history) {
        let n_calls = store.n_estimations_since(event.at, PAUSE_CALLS).await;
        let n_calls = n_calls.outside()?;
        if n_calls >= u64::from(PAUSE_CALLS) {
            break;
        }
        let version = settings::stored_version(store, event.version).await?;
        let Some(policy) = version.filter(is_calibrated) else {
            continue;
        };
        let held_back = proposal.hold_back(event.earlier(&policy));
        if !held_back.is_empty() {
            event.tell(&held_back, n_calls);
        }
    }
    Ok(())
}

/// What has become of versions, the newest first.
fn events(history: &PolicyHistory) -> Vec<Event<'_>> {
    let activations = &history.activations;
    let is_back = |kind| kind == ActivationKind::RolledBack;
    let came = activations
        .iter()
        .filter(|activation| !is_back(activation.kind));
    let came = came.map(|activation| Event {
        version: &activation.version,
        at: activation.activated_at,
        is_taken_back: false,
    });
    let went = activations.iter().zip(activations.iter().skip(1));
    let went = went.filter(|(_, next)| is_back(next.kind));
    let went = went.map(|(before, next)| Event {
        version: &before.version,
        at: next.activated_at,
        is_taken_back: true,
    });
    let ended = history.stages.iter().filter_map(|stage| {
        let end = stage.end.as_ref();
        let end = end.filter(|end| end.outcome == StageOutcome::Reverted)?;
        Some(Event {
            version: &stage.start.candidate,
            at: end.ended_at,
            is_taken_back: true,
        })
    });
    let mut events: Vec<_> = came.chain(went).chain(ended).collect();
    events.sort_by_key(|event| std::cmp::Reverse(event.at));
    events
}

impl Event<'_> {
    const fn earlier<'a>(&self, policy: &'a Policy) -> Earlier<'a> {
        if self.is_taken_back {
            Earlier::TakenBack(policy)
        } else {
            Earlier::Decides
        }
    }

    fn tell(&self, held_back: &[Change], n_calls: u64) {
        let first = held_back.iter().take(MAX_NAMED);
        let first = first.map(|change| change.group().to_string());
        let first = first.collect::<Vec<_>>().join(", ");
        let names = match held_back.len().saturating_sub(MAX_NAMED) {
            0 => first,
            n_more => format!("{first} and {n_more} more"),
        };
        let (what, became) = if self.is_taken_back {
            ("proposing", "was taken back")
        } else {
            ("lowering", "took effect")
        };
        output::say(format_args!(
            "held back until {PAUSE_CALLS} calls have come since `{}` {became}, {} more: {what} {names} again; \
             --force does not wait",
            self.version,
            u64::from(PAUSE_CALLS).saturating_sub(n_calls),
        ));
    }
}

#[cfg(test)]
mod tests {
    use autopack_store::{Activation, Stage, StageEnd, StageStart};

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn what_took_effect_and_what_was_taken_back_is_told_from_the_newest_on() {
        let activation = |version: &str, kind, second| Activation {
            version: version.to_owned(),
            kind,
            reason: "a reason".to_owned(),
            activated_at: at(second),
        };
        let stage = |candidate: &str, outcome, second| Stage {
            stage_id: second,
            start: StageStart {
                candidate: candidate.to_owned(),
                current: "a".to_owned(),
                share: 0.25,
                started_at: at(0),
            },
            end: Some(StageEnd {
                outcome,
                reason: "a reason".to_owned(),
                ended_at: at(second),
            }),
        };
        let history = PolicyHistory {
            activations: vec![
                activation("a", ActivationKind::Applied, 1),
                activation("b", ActivationKind::Applied, 2),
                activation("a", ActivationKind::RolledBack, 4),
                activation("d", ActivationKind::Promoted, 5),
            ],
            stages: vec![
                stage("c", StageOutcome::Reverted, 3),
                stage("d", StageOutcome::Promoted, 5),
            ],
        };
        let found: Vec<_> = events(&history)
            .iter()
            .map(|event| (event.version, event.is_taken_back))
            .collect();
        let expected = [
            ("d", false),
            ("b", true),
            ("c", true),
            ("b", false),
            ("a", false),
        ];
        assert_eq!(found, expected);
        assert!(events(&PolicyHistory::default()).is_empty());
    }
}
