//! Certificates hold what they promise: worlds with known truth, calibrated again and again.

use autopack_calibrate::learned::TargetTruncation;
use autopack_calibrate::quantile::{
    Action, Attempt, Certificate, Ending, Extent, Observations, QuantileCalibration,
    QuantileSettings, calibrate,
};
use autopack_core::{CallFacts, Category, Complexity, Level, Policy, Provider, Tokens};

const N_REPEATS: u64 = 1000;
const TARGET: f64 = 0.02;
const CEILING: u64 = 16_384;

/// A source of chance with a stated seed (xorshift64*, Vigna 2016).
struct Chance(u64);

impl Chance {
    fn new(seed: u64) -> Self {
        Self(0x9e37_79b9_7f4a_7c15 ^ (seed << 20 | 1))
    }

    /// Between 0 and 1, neither of them.
    fn share(&mut self) -> f64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let mixed = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d);
        (f64::from((mixed >> 32) as u32) + 0.5) / 4_294_967_296.0
    }
}

/// Lengths that are log-logistic, whose survival has a closed form: the median, and how fast the tail falls.
struct Group {
    category: Category,
    model: &'static str,
    median: f64,
    tail: f64,
}

impl Group {
    fn draw(&self, chance: &mut Chance) -> f64 {
        let share = chance.share();
        self.median * (share / (1.0 - share)).powf(1.0 / self.tail)
    }

    fn beyond(&self, length: Tokens) -> f64 {
        1.0 / (1.0 + (length.as_f64() / self.median).powf(self.tail))
    }
}

/// Four kinds of work, from narrow to heavy-tailed.
fn world() -> [Group; 4] {
    [
        ("docs", 900.0, 6.0),
        ("tests", 1500.0, 5.0),
        ("backend", 1200.0, 4.0),
        ("frontend", 600.0, 3.0),
    ]
    .map(|(category, median, tail)| Group {
        category: Category::canonical(category).expect("a category"),
        model: "only",
        median,
        tail,
    })
}

/// Two kinds of work, each on two models that do not write alike; all ask for more than half of 4096 tokens.
fn world_of_models() -> [Group; 4] {
    [
        ("docs", "terse", 1150.0, 6.0),
        ("docs", "wordy", 1650.0, 5.0),
        ("tests", "terse", 870.0, 4.0),
        ("tests", "wordy", 1550.0, 5.0),
    ]
    .map(|(category, model, median, tail)| Group {
        category: Category::canonical(category).expect("a category"),
        model,
        median,
        tail,
    })
}

/// Estimates of 1000 tokens say nothing: answers are as long as they are. With others they go in proportion.
const SAYING_NOTHING: [u64; 1] = [1000];
const IN_PROPORTION: [u64; 4] = [500, 800, 1200, 2000];

fn calibrated(
    world: &[Group; 4],
    estimates: &[u64],
    seed: u64,
    n_calls: u64,
    parent: &Policy,
) -> QuantileCalibration {
    let mut chance = Chance::new(seed);
    let mut observations = Observations::new(0);
    for _ in 0..n_calls {
        let group =
            &world[usize::from(chance.share() > 0.5) + 2 * usize::from(chance.share() > 0.7)];
        let estimate = if let [only] = estimates {
            *only
        } else {
            estimates[usize::from(chance.share() > 0.5) + 2 * usize::from(chance.share() > 0.5)]
        };
        let estimate = Tokens::new(estimate);
        let length = group.draw(&mut chance) * estimate.as_f64() / 1000.0;
        let length = Tokens::floor(length.max(1.0));
        let is_cut = length > Tokens::new(CEILING);
        observations.read(&Attempt {
            category: &group.category,
            complexity: Complexity::Low,
            provider: Some(Provider::OpenAi),
            facts: CallFacts {
                model: Some(group.model),
                ..CallFacts::default()
            },
            chain: None,
            number: 1,
            extent: Extent::Whole,
            predicted: Some(estimate),
            has_thinking_budget: false,
            ceiling: Some(Tokens::new(CEILING)),
            output: Some(length.at_most(Tokens::new(CEILING))),
            ending: if is_cut {
                Ending::CutOff
            } else {
                Ending::Whole
            },
        });
    }
    let target = TargetTruncation::new(TARGET).expect("a rate");
    let settings = QuantileSettings {
        target,
        min_calls: 8,
    };
    calibrate(&observations, settings, parent)
}

/// The true share of calls beyond the lowered ceilings, in the mix of the groups that are lowered.
fn true_truncation(calibration: &QuantileCalibration) -> Option<f64> {
    let (mut beyond, mut all) = (0.0, 0.0);
    for (group, share) in world().iter().zip([0.35, 0.35, 0.15, 0.15]) {
        let mut figures = calibration.groups.iter();
        let figures = figures.find(|figures| figures.group.cell.category == group.category);
        if let Some(Action::Lower(ceiling)) = figures.map(|figures| figures.action) {
            beyond += share * group.beyond(ceiling);
            all += share;
        }
    }
    (all > 0.0).then(|| beyond / all)
}

/// A certificate is wrong in at most one of twenty cases. The calls were sent with room enough; the ceilings in use
/// are nearer, so that it is the certificate that holds the proposals back, and not the length of a step.
#[test]
fn certificates_are_wrong_in_one_of_twenty_cases_at_the_most() {
    let mut parent = Policy::build_142();
    for category in ["docs", "tests", "backend", "frontend"] {
        let key = format!("ceiling.{category}.low.openai.exactly");
        parent = parent.with(&key, 4096).expect("a policy");
    }
    let (mut n_certified, mut n_wrong) = (0, 0);
    for seed in 1..=N_REPEATS {
        let calibration = calibrated(&world(), &SAYING_NOTHING, seed, 1000, &parent);
        if matches!(calibration.certificate, Certificate::Passed { .. }) {
            n_certified += 1;
            n_wrong += u64::from(true_truncation(&calibration).is_some_and(|rate| rate > TARGET));
        }
    }
    println!("{n_certified} of {N_REPEATS} certified, {n_wrong} wrong, seeds from 1");
    assert!(n_certified > N_REPEATS / 2, "{n_certified} certified");
    assert!(
        n_wrong * 20 <= n_certified,
        "{n_wrong} of {n_certified} wrong, seeds from 1"
    );
}

/// So are those of finer rows, of each call under the row that would decide it.
#[test]
fn certificates_of_finer_rows_are_wrong_as_rarely() {
    let (mut n_certified, mut n_wrong, mut n_finer) = (0, 0, 0);
    let world = world_of_models();
    let mut parent = Policy::build_142();
    for category in ["docs", "tests"] {
        let key = format!("ceiling.{category}.low.openai.exactly");
        parent = parent.with(&key, 4096).expect("a policy");
    }
    for seed in 1..=N_REPEATS / 2 {
        let calibration = calibrated(&world, &SAYING_NOTHING, seed, 1500, &parent);
        if !matches!(calibration.certificate, Certificate::Passed { .. }) {
            continue;
        }
        let (mut beyond, mut all) = (0.0, 0.0);
        for (group, share) in world.iter().zip([0.35, 0.35, 0.15, 0.15]) {
            let Some(ceiling) = pooled_ceiling(&calibration, group) else {
                continue;
            };
            beyond += share * group.beyond(ceiling);
            all += share;
        }
        n_finer += u64::from(
            calibration
                .moved()
                .any(|figures| !figures.group.within.is_empty()),
        );
        n_certified += 1;
        n_wrong += u64::from(all > 0.0 && beyond / all > TARGET);
    }
    println!("{n_certified} certified, {n_finer} with finer rows, {n_wrong} wrong, seeds from 1");
    assert!(n_finer > N_REPEATS / 4, "{n_finer} with finer rows");
    assert!(
        n_wrong * 20 <= n_certified,
        "{n_wrong} of {n_certified} wrong"
    );
}

/// And so are those of ceilings that go with the estimate.
#[test]
fn certificates_relative_to_estimates_are_wrong_as_rarely() {
    let (mut n_certified, mut n_wrong, mut n_relative) = (0, 0, 0);
    let mut parent = Policy::build_142();
    for category in ["docs", "tests", "backend", "frontend"] {
        let key = format!("ceiling.{category}.low.openai.exactly");
        parent = parent.with(&key, 4096).expect("a policy");
    }
    for seed in 1..=N_REPEATS / 2 {
        let calibration = calibrated(&world(), &IN_PROPORTION, seed, 2000, &parent);
        if !matches!(calibration.certificate, Certificate::Passed { .. }) {
            continue;
        }
        let (mut beyond, mut all) = (0.0, 0.0);
        for (group, share) in world().iter().zip([0.35, 0.35, 0.15, 0.15]) {
            let mut rows = calibration.groups.iter();
            let row = rows.find(|figures| figures.group.cell.category == group.category);
            let Some((row, Action::Lower(ceiling))) = row.map(|row| (row, row.action)) else {
                continue;
            };
            n_relative += u64::from(row.relative.is_some());
            for estimate in IN_PROPORTION.map(Tokens::new) {
                let relative = row.relative;
                let sent = relative.map_or(ceiling, |relative| relative.ceiling(ceiling, estimate));
                let unscaled = sent.as_f64() * 1000.0 / estimate.as_f64();
                beyond += 0.25 * share * group.beyond(Tokens::floor(unscaled));
            }
            all += share;
        }
        n_certified += 1;
        n_wrong += u64::from(all > 0.0 && beyond / all > TARGET);
    }
    println!("{n_certified} certified, {n_relative} rows relative, {n_wrong} wrong, seeds from 1");
    assert!(
        n_relative > N_REPEATS / 4,
        "{n_relative} rows go with the estimate"
    );
    assert!(
        n_wrong * 20 <= n_certified,
        "{n_wrong} of {n_certified} wrong"
    );
}

/// The lower ceiling that calls of a group get from a row that is certified together with others.
fn pooled_ceiling(calibration: &QuantileCalibration, group: &Group) -> Option<Tokens> {
    let rows = calibration.groups.iter();
    let mut rows = rows.filter(|figures| {
        let is_model = figures.group.within.name(Level::Model) == Some(group.model);
        let is_whole = figures.group.within.is_empty();
        figures.group.cell.category == group.category && (is_whole || is_model)
    });
    let [whole, finer] = [rows.next()?, rows.next().unwrap_or(&calibration.groups[0])];
    let has_own = finer.group.cell == whole.group.cell && finer.action.is_change();
    let row = if has_own { finer } else { whole };
    match row.action {
        Action::Lower(ceiling) if row.own_certificate.is_none() => Some(ceiling),
        _ => None,
    }
}
