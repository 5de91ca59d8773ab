use super::super::groups::Groups;
use super::*;
use crate::error::RequestId;
use autopack_core::Provider;

fn upstream() -> UpstreamName {
    UpstreamName::from(Provider::OpenAi)
}

fn target() -> TargetTruncation {
    TargetTruncation::new(0.02).expect("a target")
}

fn group(groups: &Groups, name: &str) -> Arc<Group> {
    groups.found_or_made(format!("openai/gpt-5/{name}"), &upstream(), target())
}

fn ended(group: &Arc<Group>) -> Told {
    Told {
        group: Arc::clone(group),
        chain: RequestId::new(),
        attempt: 1,
        what: What::Ended {
            sent: Tokens::new(4096),
            outcome: Outcome::Ended(Tokens::new(300)),
        },
    }
}

fn n_calls(group: &Group) -> u64 {
    group.counts().0
}

/// Room for one group, so that each new one takes the place of the one before.
fn narrow() -> (Groups, Pupils) {
    (Groups::new(1), Pupils::default())
}

#[test]
fn a_call_of_a_group_that_is_forgotten_teaches_nobody() {
    let (groups, mut pupils) = narrow();
    let gone = group(&groups, "gone");
    let there = group(&groups, "there");
    assert!(gone.is_forgotten() && !there.is_forgotten());
    assert!(!pupils.take(&ended(&gone), Some(1)));
    assert!(pupils.take(&ended(&there), Some(2)));
    assert_eq!((n_calls(&gone), n_calls(&there)), (0, 1));
}

#[test]
fn a_call_of_long_ago_counts_for_the_group_that_is_there_again() {
    let (groups, mut pupils) = narrow();
    let first = group(&groups, "a");
    assert!(pupils.take(&ended(&first), None));
    group(&groups, "b");
    let again = group(&groups, "a");
    assert!(first.is_forgotten() && !Arc::ptr_eq(&first, &again));
    // What the learner has not forgotten yet is known of it.
    assert!(pupils.take(&ended(&again), None));
    assert_eq!(n_calls(&again), 2);
    assert!(pupils.take(&ended(&first), None));
    assert_eq!((n_calls(&first), n_calls(&again)), (1, 3));
}

#[test]
fn what_is_kept_knows_no_group_that_is_forgotten() {
    let (groups, mut pupils) = narrow();
    for name in ["a", "b", "c"] {
        pupils.take(&ended(&group(&groups, name)), Some(7));
    }
    let states = pupils.states(&HashMap::new());
    let (kept, learner) = Kept::read(&states[0].bytes).expect("a state");
    let names: Vec<&str> = kept.groups.iter().map(|kept| &*kept.name).collect();
    assert_eq!(names, ["openai/gpt-5/c"]);
    assert_eq!((learner.n_groups(), kept.row), (1, 7));
    let known = HashMap::from([(upstream(), states[0].n_changes)]);
    assert!(pupils.states(&known).is_empty(), "nothing has changed");
}

#[test]
fn a_call_is_open_until_its_last_row() {
    let (groups, mut pupils) = narrow();
    let group = group(&groups, "a");
    let told = |attempt, what| Told {
        attempt,
        what,
        chain: RequestId::from_number(9),
        ..ended(&group)
    };
    let open = |pupils: &mut Pupils| {
        let states = pupils.states(&HashMap::new());
        let (kept, _) = Kept::read(&states[0].bytes).expect("a state");
        kept.open.into_values().collect::<Vec<_>>()
    };
    assert!(!pupils.take(&told(1, What::GoesOn), Some(3)));
    assert!(!pupils.take(&told(2, What::GoesOn), Some(5)));
    assert_eq!(open(&mut pupils), [3], "from its first row on");
    assert!(!pupils.take(&told(3, What::Nothing), Some(8)));
    assert!(open(&mut pupils).is_empty());
}

#[test]
fn there_is_an_end_to_calls_that_go_on() {
    let mut pupil = Pupil::new(target());
    for row in 1..=i64::try_from(MAX_OPEN).expect("few") + 2 {
        pupil.goes_on(format!("apk_{row}"), row);
    }
    assert_eq!(pupil.open.len(), MAX_OPEN);
    assert!(!pupil.open.contains_key("apk_2") && pupil.open.contains_key("apk_3"));
}
