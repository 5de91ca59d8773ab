use super::*;
use proptest::prelude::*;

const RANKS: [Rank; 4] = [
    Rank::new(0, 1),
    Rank::UPPER_MEDIAN,
    Rank::P90,
    Rank::new(999, 1000),
];

/// The largest number of passes over 64 bits, 16 at a time.
const MAX_PASSES: usize = 4;

/// Selects while never keeping more than `n_room` numbers; gives the elements and how many passes
/// it took.
fn selected(numbers: &[f64], n_room: usize) -> (Vec<Option<f64>>, usize) {
    let mut selection = Selection::new(&RANKS);
    for n_passes in 1..=MAX_PASSES {
        for number in numbers {
            selection.offer(*number);
            if selection.n_kept() > n_room {
                selection.shrink();
                assert_eq!(selection.n_kept(), 0);
            }
        }
        if selection.end_pass() == Pass::Done {
            let elements = RANKS.map(|rank| selection.element(rank));
            return (elements.to_vec(), n_passes);
        }
    }
    panic!("more than {MAX_PASSES} passes");
}

/// The same by sorting.
fn sorted(numbers: &[f64]) -> Vec<Option<f64>> {
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len();
    let element = |numerator: usize, denominator: usize| sorted.get(n * numerator / denominator);
    [(0, 1), (1, 2), (9, 10), (999, 1000)]
        .map(|(numerator, denominator)| element(numerator, denominator).copied())
        .to_vec()
}

#[test]
fn one_pass_is_enough_while_there_is_room() {
    let numbers = [5.0, -1.0, 3.0, 3.0];
    assert_eq!(selected(&numbers, 4), (sorted(&numbers), 1));
    let (elements, n_passes) = selected(&[], 0);
    assert_eq!((elements, n_passes), (vec![None; 4], 1));
}

#[test]
fn numbers_that_are_all_the_same_need_every_bit_and_no_room() {
    let numbers = [1.0 / 3.0; 100];
    assert_eq!(selected(&numbers, 0), (sorted(&numbers), MAX_PASSES));
    assert_eq!(selected(&numbers, 99), (sorted(&numbers), MAX_PASSES));
}

#[test]
fn what_is_no_number_does_not_count() {
    let mut selection = Selection::new(&[Rank::UPPER_MEDIAN]);
    for number in [f64::NAN, 2.0, f64::INFINITY, f64::NEG_INFINITY] {
        selection.offer(number);
    }
    assert_eq!(selection.end_pass(), Pass::Done);
    assert_eq!(selection.element(Rank::UPPER_MEDIAN), Some(2.0));
    assert_eq!(selection.element(Rank::P90), None, "nobody asked for it");
}

#[test]
fn numbers_that_are_gone_in_a_later_pass_are_not_made_up() {
    let mut selection = Selection::new(&[Rank::UPPER_MEDIAN]);
    selection.offer(1.0);
    selection.offer(1.01);
    assert_eq!(selection.element(Rank::UPPER_MEDIAN), None, "not yet");
    selection.shrink();
    assert_eq!(selection.end_pass(), Pass::Again);
    assert_eq!(selection.element(Rank::UPPER_MEDIAN), None, "not yet");
    selection.offer(7.0);
    assert_eq!(selection.end_pass(), Pass::Done);
    assert_eq!(selection.element(Rank::UPPER_MEDIAN), None);
}

proptest! {
    #[test]
    fn it_finds_what_sorting_finds(
        numbers in prop::collection::vec(any::<f64>().prop_filter("finite", |x| x.is_finite()), 0..300),
        n_room in 0_usize..400,
    ) {
        prop_assert_eq!(selected(&numbers, n_room).0, sorted(&numbers));
    }

    #[test]
    fn it_finds_what_sorting_finds_among_ratios(
        counts in prop::collection::vec((1_u32..40, 1_u32..40), 0..300), n_room in 0_usize..400,
    ) {
        let ratios = counts.iter().map(|(a, b)| f64::from(*a) / f64::from(*b));
        let ratios: Vec<f64> = ratios.collect();
        prop_assert_eq!(selected(&ratios, n_room).0, sorted(&ratios));
    }

    #[test]
    fn the_position_is_that_of_the_floating_point_rule(n in 0_u64..10_000_000) {
        #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation,
            clippy::cast_sign_loss, reason = "the rule of the reference, in small numbers")]
        let reference = (n as f64 * 0.9) as u64;
        prop_assert_eq!(Rank::P90.among(n), reference);
    }
}
