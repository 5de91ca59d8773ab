//! Elements of a stream by rank, exact, of streams that may be too long to keep.
//!
//! While there is room, the numbers are kept and one pass is enough. A selection that is told to
//! [`shrink`](Selection::shrink) forgets them and counts instead how many fall into each sixteenth
//! of an octave. The same numbers are then offered again, and only those in the one bucket that
//! holds a wanted rank are looked at: sixteen more bits of them each time, so four passes are always
//! enough. This is a radix sort that sorts nothing but what is asked for.

mod key;
mod window;

use key::Key;
use window::{Found, Window};

/// A position in a sorted sample, as a share of its size: the element ⌊n · numerator / denominator⌋,
/// counted from 0. Of `1/2` that is the upper of the two middle ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rank {
    numerator: u64,
    denominator: u64,
}

impl Rank {
    /// The upper of the two middle elements.
    pub const UPPER_MEDIAN: Self = Self::new(1, 2);
    /// The element ⌊0.9 · n⌋.
    pub const P90: Self = Self::new(9, 10);

    /// The element ⌊n · numerator / denominator⌋.
    ///
    /// # Panics
    /// When compiled, unless `numerator` < `denominator` ≤ 1000: there is no other element.
    #[must_use]
    pub const fn new(numerator: u64, denominator: u64) -> Self {
        assert!(numerator < denominator && denominator <= 1000);
        Self {
            numerator,
            denominator,
        }
    }

    /// The position among `n` elements; saturates far above any sample there is.
    const fn among(self, n: u64) -> u64 {
        n.saturating_mul(self.numerator) / self.denominator
    }
}

/// Whether the numbers have to be offered once more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Pass {
    /// All elements are found.
    Done,
    /// The same numbers again, please.
    Again,
}

/// Finds the elements of some ranks in numbers that are offered one by one.
///
/// ```
/// use autopack_stats::{Pass, Rank, Selection};
///
/// let mut selection = Selection::new(&[Rank::UPPER_MEDIAN, Rank::P90]);
/// loop {
///     for number in [4.0, 1.0, 3.0, 2.0] {
///         selection.offer(number);
///     }
///     if selection.end_pass() == Pass::Done {
///         break;
///     }
/// }
/// assert_eq!(selection.element(Rank::UPPER_MEDIAN), Some(3.0));
/// assert_eq!(selection.element(Rank::P90), Some(4.0));
/// ```
#[derive(Clone, Debug)]
pub struct Selection {
    ranks: Vec<Rank>,
    state: State,
}

#[derive(Clone, Debug)]
enum State {
    /// In the first pass: how many there are is not known, so all ranks look through one window.
    Counting { n: u64, window: Window },
    /// In later passes: each rank has a window of its own, or is found.
    Seeking(Vec<Seeking>),
}

/// Where the search for one rank stands.
#[derive(Clone, Debug)]
enum Seeking {
    /// Looking through a window for the element that stands `rank` places behind its beginning.
    Through { window: Window, rank: u64 },
    /// Found, or seen not to be there.
    Settled(Option<Key>),
}

impl Selection {
    /// A selection of the elements of these ranks.
    #[must_use]
    pub fn new(ranks: &[Rank]) -> Self {
        Self {
            ranks: ranks.to_vec(),
            state: State::Counting {
                n: 0,
                window: Window::whole(),
            },
        }
    }

    /// Takes a number in. NaN and infinities never get in.
    pub fn offer(&mut self, number: f64) {
        if !number.is_finite() {
            return;
        }
        let key = Key::of(number);
        match &mut self.state {
            State::Counting { n, window } => {
                *n += 1;
                window.offer(key);
            }
            State::Seeking(all) => {
                for seeking in all {
                    if let Seeking::Through { window, .. } = seeking {
                        window.offer(key);
                    }
                }
            }
        }
    }

    /// How many numbers are kept in memory, each of eight bytes.
    #[must_use]
    pub fn n_kept(&self) -> usize {
        self.windows().map(Window::n_kept).sum()
    }

    /// Forgets the numbers that are kept and counts them instead, from now to the end of the pass.
    /// Afterwards nothing is kept.
    pub fn shrink(&mut self) {
        match &mut self.state {
            State::Counting { window, .. } => window.shrink(),
            State::Seeking(all) => {
                for seeking in all {
                    if let Seeking::Through { window, .. } = seeking {
                        window.shrink();
                    }
                }
            }
        }
    }

    /// Ends a pass. On [`Pass::Again`], the same numbers have to be offered again, in any order.
    pub fn end_pass(&mut self) -> Pass {
        let seeking = match std::mem::replace(&mut self.state, State::Seeking(Vec::new())) {
            State::Counting { n, window } => {
                let ranks: Vec<u64> = self.ranks.iter().map(|rank| rank.among(n)).collect();
                let found = window.find(&ranks);
                found.into_iter().map(Seeking::from).collect()
            }
            State::Seeking(all) => all.into_iter().map(Seeking::ended).collect::<Vec<_>>(),
        };
        let is_done = seeking.iter().all(Seeking::is_settled);
        self.state = State::Seeking(seeking);
        if is_done { Pass::Done } else { Pass::Again }
    }

    /// The element of a rank; `None` where it is not found yet, was not asked for, or is none: of an
    /// empty sample, or where a later pass offered other numbers than the first.
    #[must_use]
    pub fn element(&self, rank: Rank) -> Option<f64> {
        let State::Seeking(all) = &self.state else {
            return None;
        };
        let place = self.ranks.iter().position(|known| *known == rank)?;
        match all.get(place)? {
            Seeking::Settled(key) => key.map(Key::number),
            Seeking::Through { .. } => None,
        }
    }

    fn windows(&self) -> impl Iterator<Item = &Window> {
        let (first, later) = match &self.state {
            State::Counting { window, .. } => (Some(window), &[][..]),
            State::Seeking(all) => (None, &all[..]),
        };
        let later = later.iter().filter_map(|seeking| match seeking {
            Seeking::Through { window, .. } => Some(window),
            Seeking::Settled(_) => None,
        });
        first.into_iter().chain(later)
    }
}

impl Seeking {
    fn ended(self) -> Self {
        match self {
            Self::Through { window, rank } => {
                let found = window.find(&[rank]).pop();
                found.map_or(Self::Settled(None), Self::from)
            }
            settled @ Self::Settled(_) => settled,
        }
    }

    const fn is_settled(&self) -> bool {
        matches!(self, Self::Settled(_))
    }
}

impl From<Found> for Seeking {
    fn from(found: Found) -> Self {
        match found {
            Found::Element(key) => Self::Settled(Some(key)),
            Found::Within { window, rank } => Self::Through { window, rank },
            Found::Nothing => Self::Settled(None),
        }
    }
}

#[cfg(test)]
mod tests;
