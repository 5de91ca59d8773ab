//! A learner that is read back goes on as the one that was written would have.

use super::*;

/// One that knows a few groups.
fn learner() -> Learner {
    let mut learner = Learner::new(settings(0.02));
    let lengths = log_normal(9, 500.0, 0.6).take(3000);
    let names = ["a/b", "a/c", "d"].into_iter().cycle();
    let calls: Vec<_> = names
        .zip(lengths)
        .map(|(name, y)| (name, y, None))
        .collect();
    run(&mut learner, &calls);
    learner
}

#[test]
fn a_state_is_small() {
    let bytes = learner().state();
    assert!(bytes.len() <= 3 * 2048, "{} bytes", bytes.len());
}

#[test]
fn what_is_no_state_is_told_apart() {
    let state = learner().state();
    let newer = [&state[..3], &[9], &state[4..]].concat();
    for (bytes, error) in [
        (&b""[..], StateError::Foreign),
        (b"{}", StateError::Foreign),
        (b"APL", StateError::Damaged),
        (b"APL\x01", StateError::Damaged),
        (&state[..state.len() - 1], StateError::Damaged),
        (&newer, StateError::Newer { found: 9 }),
    ] {
        assert_eq!(Learner::restore(bytes).err(), Some(error));
    }
    let said = StateError::Newer { found: 9 }.to_string();
    assert!(
        said.contains("version 9") && said.contains("newer autopack"),
        "{said}"
    );
}

#[test]
fn what_does_not_fit_together_is_damaged() {
    let whole = learner();
    let mut without_a_node = whole.clone();
    without_a_node.pool = Pool::new();
    let mut without_a_group = whole.clone();
    without_a_group.groups.pop();
    without_a_group.ids.retain(|name, _| name == "a/b");
    without_a_group.ids.insert("x/y/z".to_owned(), GroupId(1));
    for broken in [without_a_node, without_a_group] {
        let restored = Learner::restore(&broken.state());
        assert_eq!(restored.err(), Some(StateError::Damaged));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Wherever it is written down and read back, the ceilings after that are the same.
    #[test]
    fn a_restored_learner_goes_on_as_if_nothing_had_been(
        rows in prop::collection::vec((0_usize..4, 0_u64..100_000, prop::option::of(0_u64..100_000)), 1..600),
        share in 0.0_f64..1.0,
    ) {
        let names = ["a", "a/b", "a/c/d", "e"];
        let calls: Vec<_> = rows.iter().map(|(group, y, e)| (names[*group], *y, *e)).collect();
        let cut = Tokens::new(calls.len() as u64).scaled_by(share).get();
        let cut = usize::try_from(cut).expect("few");
        let mut learner = Learner::new(settings(0.05));
        run(&mut learner, &calls[..cut]);
        let state = learner.state();
        let mut restored = Learner::restore(&state).expect("a state");
        prop_assert_eq!(restored.settings(), learner.settings());
        prop_assert_eq!(&restored.state(), &state);
        prop_assert_eq!(run(&mut restored, &calls[cut..]), run(&mut learner, &calls[cut..]));
        prop_assert_eq!(restored.state(), learner.state());
    }

    /// One bit is enough to be found out.
    #[test]
    fn a_damaged_state_is_found_out(place in 0.0_f64..1.0, bit in 0_u32..8) {
        let mut state = learner().state();
        let last = Tokens::new(state.len() as u64).scaled_by(place).get();
        let place = usize::try_from(last).expect("few").min(state.len() - 1);
        state[place] ^= 1 << bit;
        prop_assert!(Learner::restore(&state).is_err());
    }

    /// Whatever bytes come with a right checksum, nothing panics, then or later.
    #[test]
    fn bytes_of_any_kind_are_taken(body in prop::collection::vec(any::<u8>(), 0..300), at in 0_usize..3000, with: u8) {
        let mut state = learner().state();
        state.truncate(state.len() - 4);
        let place = at.min(state.len() - 1).max(4);
        state[place] = with;
        for mut bytes in [[&b"APL\x01"[..], &body].concat(), state] {
            bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
            if let Ok(mut learner) = Learner::restore(&bytes) {
                run(&mut learner, &[("a/b", 100, None), ("new", 100, Some(7))]);
            }
        }
    }
}
