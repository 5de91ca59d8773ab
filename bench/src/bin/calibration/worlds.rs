//! Worlds with a known truth: how often learned ceilings cut off, and how far they are from the quantile.

use std::fmt::Write as _;

use autopack_calibrate::learned::{
    Call, LearnedSettings, Learner, LeftOut, Outcome, TargetTruncation,
};
use autopack_core::Tokens;
use fastrand::Rng;

use crate::ablations::variants;

const TARGET: f64 = 0.02;
const BASE: Tokens = Tokens::new(8192);
const N_GROUPS: usize = 8;
/// Calls of a repeat, all groups together, and how many of them are warm-up.
const N_CALLS: usize = 4000;
const N_WARM_UP: usize = N_CALLS / 5;
/// Draws that the quantile of a shape is taken from.
const N_DRAWS: usize = 400_000;
/// Where groups have ten rows each, their ceilings are judged by so many further lengths.
const N_JUDGES: usize = 200;
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

    fn quantile(self) -> f64 {
        let mut random = Rng::with_seed(142);
        let mut draws: Vec<f64> = (0..N_DRAWS).map(|_| self.draw(&mut random)).collect();
        draws.sort_by(f64::total_cmp);
        let n_longer = Tokens::new(N_DRAWS as u64).scaled_by(TARGET).get();
        draws[N_DRAWS - 1 - usize::try_from(n_longer).unwrap_or(0)]
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
    /// Ten calls of each group, then judged.
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

/// What came of one repeat, or of all.
#[derive(Clone, Copy, Default)]
struct Seen {
    n_calls: u64,
    n_cut: u64,
    logs: f64,
    by_group: [(u64, u64); N_GROUPS],
}

impl Seen {
    fn add(&mut self, group: usize, is_cut: bool, log_ratio: f64) {
        self.n_calls += 1;
        self.n_cut += u64::from(is_cut);
        self.logs += log_ratio;
        self.by_group[group].0 += 1;
        self.by_group[group].1 += u64::from(is_cut);
    }

    fn rate(&self) -> f64 {
        share(self.n_cut, self.n_calls)
    }

    fn worst(&self) -> f64 {
        let rates = self.by_group.iter();
        rates.map(|(n, cut)| share(*cut, *n)).fold(0.0, f64::max)
    }
}

fn share(part: u64, whole: u64) -> f64 {
    Tokens::new(part).as_f64() / Tokens::new(whole.max(1)).as_f64()
}

/// The results of so many repeats of each world, the whole method and without one part at a time.
pub(crate) fn table(n_repeats: u64) -> String {
    let mut table = String::from(
        "| world | learned | cut off | repeats above 2 % | above 2.5 % | worst of 8 groups, mean | to the true quantile |\n\
         |---|---|--:|--:|--:|--:|--:|\n",
    );
    for (world, shape, kind) in WORLDS {
        let quantile = shape.quantile();
        let mut name = world;
        for (variant, left_out) in variants() {
            let seen: Vec<Seen> = (0..n_repeats)
                .map(|repeat| run(shape, kind, quantile, left_out, repeat))
                .collect();
            let of_repeats = |part: &dyn Fn(&Seen) -> f64| {
                seen.iter().map(part).sum::<f64>() / Tokens::new(n_repeats.max(1)).as_f64()
            };
            let above = |rate: f64| of_repeats(&|seen| f64::from(u8::from(seen.rate() > rate)));
            let ratio = of_repeats(&|seen| seen.logs / Tokens::new(seen.n_calls).as_f64()).exp();
            let percent = |share: f64| format!("{:.2} %", 100.0 * share);
            let _ = writeln!(
                table,
                "| {name} | {variant} | {} | {} | {} | {} | {ratio:.3} |",
                percent(of_repeats(&Seen::rate)),
                percent(above(TARGET)),
                percent(above(1.25 * TARGET)),
                percent(of_repeats(&Seen::worst)),
            );
            name = "";
        }
    }
    table
}

fn run(shape: Shape, kind: Kind, quantile: f64, left_out: LeftOut, repeat: u64) -> Seen {
    let target = TargetTruncation::new(TARGET).expect("a rate");
    let mut learner = Learner::new(LearnedSettings {
        left_out,
        ..LearnedSettings::new(target)
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
        let call = call(&mut learner, group);
        let sent = learner.decide(&call).ceiling;
        let is_cut = is_runaway || length > sent;
        let outcome = if is_cut {
            Outcome::CutOff
        } else {
            Outcome::Ended(length)
        };
        learner.observe(&call, sent, outcome);
        if kind != Kind::TenRows && row >= N_WARM_UP && !is_runaway {
            seen.add(
                group,
                length > sent,
                (sent.as_f64() / (scale * quantile)).ln(),
            );
        }
    }
    if kind == Kind::TenRows {
        for (group, scale) in scales.iter().enumerate() {
            let call = call(&mut learner, group);
            let sent = learner.decide(&call).ceiling.as_f64();
            for _ in 0..N_JUDGES {
                let is_cut = (scale * shape.draw(&mut random)).ceil() > sent;
                seen.add(group, is_cut, (sent / (scale * quantile)).ln());
            }
        }
    }
    seen
}

fn call(learner: &mut Learner, group: usize) -> Call {
    const NAMES: [&str; N_GROUPS] = ["a", "b", "c", "d", "e", "f", "g", "h"];
    Call {
        group: learner.group(NAMES[group]).expect("few groups"),
        chain: 0,
        estimate: None,
        base: BASE,
        limit: None,
    }
}
