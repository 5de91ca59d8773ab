//! Worlds with a known truth: how often learned ceilings cut off, and how far they are from the quantile.

use autopack_calibrate::learned::{LearnedSettings, Learner, Outcome};
use autopack_core::Tokens;
use fastrand::Rng;

use crate::ablations::variants;
use crate::seen::{self, Lengths, N_GROUPS, Seen};

/// Calls of a repeat, all groups together, and how many of them are warm-up.
const N_CALLS: usize = 4000;
const N_WARM_UP: usize = N_CALLS / 5;
/// Draws that stand for all lengths of a shape.
const N_DRAWS: usize = 400_000;
/// The share of calls that never end, in the world of runaways.
const RUNAWAYS: f64 = 0.01;

/// How lengths scatter around the scale of their group.
#[derive(Clone, Copy)]
enum Shape {
    LogNormal,
    /// P(length > t) = t^−2.5.
    HeavyTail,
    /// Six in seven short, the rest seven times as long.
    Mixture,
}

impl Shape {
    fn draw(self, random: &mut Rng) -> f64 {
        match self {
            Self::LogNormal => (0.5 * normal(random)).exp(),
            Self::HeavyTail => (1.0 - random.f64()).powf(-1.0 / 2.5),
            Self::Mixture if random.usize(0..7) == 0 => 7.0 * (0.4 * normal(random)).exp(),
            Self::Mixture => (0.4 * normal(random)).exp(),
        }
    }

    /// All lengths at scale 1.
    fn lengths(self) -> Lengths {
        let mut random = Rng::with_seed(142);
        Lengths::new((0..N_DRAWS).map(|_| self.draw(&mut random)).collect())
    }
}

fn normal(random: &mut Rng) -> f64 {
    let (a, b) = (1.0 - random.f64(), random.f64());
    (-2.0 * a.ln()).sqrt() * (std::f64::consts::TAU * b).cos()
}

/// What happens beside.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Stationary,
    /// Half-way, half of the groups double.
    Drift,
    Runaways,
    /// Ten calls of each group, then its ceiling is judged by all lengths.
    TenRows,
}

const WORLDS: [(&str, Shape, Kind); 7] = [
    ("log-normal", Shape::LogNormal, Kind::Stationary),
    ("heavy tail", Shape::HeavyTail, Kind::Stationary),
    ("mixture", Shape::Mixture, Kind::Stationary),
    ("drift", Shape::LogNormal, Kind::Drift),
    ("runaways", Shape::LogNormal, Kind::Runaways),
    ("ten rows a group", Shape::LogNormal, Kind::TenRows),
    ("ten rows, heavy tail", Shape::HeavyTail, Kind::TenRows),
];

/// The results of so many repeats of each world, the whole method and its variants.
pub(crate) fn table(n_repeats: u64) -> String {
    let mut table = seen::head("world");
    for (world, shape, kind) in WORLDS {
        let lengths = shape.lengths();
        let mut name = world;
        for (variant, settings) in variants(seen::target()) {
            let repeats = 0..n_repeats;
            let repeats = repeats.map(|repeat| run(shape, kind, &lengths, settings, repeat));
            let repeats: Vec<Seen> = repeats.collect();
            seen::row(&mut table, [name, variant], &repeats);
            name = "";
        }
    }
    table
}

fn run(
    shape: Shape,
    kind: Kind,
    lengths: &Lengths,
    settings: LearnedSettings,
    repeat: u64,
) -> Seen {
    let quantile = lengths.quantile();
    let mut learner = Learner::new(LearnedSettings {
        seed: repeat,
        ..settings
    });
    let mut random = Rng::with_seed(repeat);
    let scales: [f64; N_GROUPS] =
        std::array::from_fn(|_| 700.0 * (0.5 * normal(&mut random)).exp());
    let n_calls = if kind == Kind::TenRows {
        10 * N_GROUPS
    } else {
        N_CALLS
    };
    let mut seen = Seen::default();
    for row in 0..n_calls {
        let group = match kind {
            Kind::TenRows => row % N_GROUPS,
            _ => random.usize(0..N_GROUPS),
        };
        let doubles = kind == Kind::Drift && row >= n_calls / 2 && group % 2 == 0;
        let scale = scales[group] * if doubles { 2.0 } else { 1.0 };
        let is_runaway = kind == Kind::Runaways && random.f64() < RUNAWAYS;
        let length = Tokens::floor((scale * shape.draw(&mut random)).ceil());
        let call = seen::call(&mut learner, group, row as u64);
        let sent = learner.decide(&call).ceiling;
        let is_cut = is_runaway || length > sent;
        let outcome = if is_cut {
            Outcome::CutOff
        } else {
            Outcome::Ended(length)
        };
        learner.observe(&call, sent, outcome);
        if kind != Kind::TenRows && row >= N_WARM_UP && !is_runaway {
            let n_cut = u64::from(length > sent);
            seen.add(group, [1, n_cut], (sent.as_f64() / (scale * quantile)).ln());
        }
    }
    if kind == Kind::TenRows {
        for (group, scale) in scales.iter().enumerate() {
            let call = seen::call(&mut learner, group, (n_calls + group) as u64);
            let relative = learner.decide(&call).ceiling.as_f64() / scale;
            seen.add(group, lengths.beyond(relative), (relative / quantile).ln());
        }
    }
    seen
}
