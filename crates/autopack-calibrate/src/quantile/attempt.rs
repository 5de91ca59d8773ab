//! One attempt as the method sees it, and why an attempt is no call to learn from.

use std::fmt;

use autopack_core::{CallFacts, Category, Complexity, Provider, Tokens};

/// One attempt, in order of time with all others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Attempt<'a> {
    /// The category that it was estimated as.
    pub category: &'a Category,
    /// Its complexity.
    pub complexity: Complexity,
    /// Whom it went to; `None` in rows that do not say.
    pub provider: Option<Provider>,
    /// What else was known of it before it was made.
    pub facts: CallFacts<'a>,
    /// What joins it with other attempts at the same answer; `None` where it stands alone.
    pub chain: Option<&'a str>,
    /// Which attempt of its chain it is, from 1; 1 where nobody counted.
    pub number: u32,
    /// How much of the answer was asked for.
    pub extent: Extent,
    /// What was predicted.
    pub predicted: Option<Tokens>,
    /// Whether a thinking budget counted inside the ceiling.
    pub has_thinking_budget: bool,
    /// The ceiling, as sent; where that was not written down, the selected budget.
    pub ceiling: Option<Tokens>,
    /// What came out.
    pub output: Option<Tokens>,
    /// How it ended.
    pub ending: Ending,
}

/// How much of an answer an attempt was to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// All of it.
    Whole,
    /// The rest of one that was cut off.
    Rest,
}

/// How an attempt ended, as far as its length is concerned. Whether the answer was any good does not
/// matter: a ceiling has to fit what the model writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// By itself: its output is its length.
    Whole,
    /// The ceiling cut it off: its length is at least its output.
    CutOff,
    /// It was cut off, and no ceiling mends that: it went round in circles, or the window was full.
    CutOffAnyway,
    /// Nothing came back that has a length.
    Failed,
}

/// Why an attempt is no call to learn from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exclusion {
    /// Nothing came back.
    Failed,
    /// Nothing was predicted, and so no group can be told: such calls keep the fallback.
    NoPrediction,
    /// The provider reported no output.
    NoOutput,
    /// Nothing came out.
    ZeroOutput,
    /// Less came out than the settings ask for.
    ShortOutput,
    /// Neither a ceiling nor a selected budget is known.
    NoCeiling,
    /// A thinking budget counted inside the ceiling, so that this was not all for the answer.
    ThinkingBudget,
    /// A later attempt at an answer that had come whole, or whose first attempt is not known.
    LaterAttempt,
    /// Its group is one too many.
    TooManyGroups,
    /// It is older than as many calls as are kept.
    TooOld,
}

impl Exclusion {
    const ALL: [Self; 10] = [
        Self::Failed,
        Self::NoPrediction,
        Self::NoOutput,
        Self::ZeroOutput,
        Self::ShortOutput,
        Self::NoCeiling,
        Self::ThinkingBudget,
        Self::LaterAttempt,
        Self::TooManyGroups,
        Self::TooOld,
    ];

    /// The name in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::NoPrediction => "no_prediction",
            Self::NoOutput => "no_output",
            Self::ZeroOutput => "zero_output",
            Self::ShortOutput => "short_output",
            Self::NoCeiling => "no_ceiling",
            Self::ThinkingBudget => "thinking_budget",
            Self::LaterAttempt => "later_attempt",
            Self::TooManyGroups => "too_many_groups",
            Self::TooOld => "too_old",
        }
    }
}

impl fmt::Display for Exclusion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Failed => "failed",
            Self::NoPrediction => "without a prediction",
            Self::NoOutput => "without reported output",
            Self::ZeroOutput => "with an output of 0",
            Self::ShortOutput => "with less output than asked for",
            Self::NoCeiling => "without a known ceiling",
            Self::ThinkingBudget => "with a thinking budget inside the ceiling",
            Self::LaterAttempt => "later attempts at the same answer",
            Self::TooManyGroups => "in more groups than are kept apart",
            Self::TooOld => "older than as many calls as are kept",
        })
    }
}

/// How many attempts are no calls to learn from, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exclusions([u64; Exclusion::ALL.len()]);

impl Exclusions {
    pub(super) fn count(&mut self, exclusion: Exclusion, n_attempts: u64) {
        self.0[exclusion as usize] += n_attempts;
    }

    /// The reasons there are, with the number of attempts.
    pub fn iter(&self) -> impl Iterator<Item = (Exclusion, u64)> {
        let all = Exclusion::ALL.into_iter().zip(self.0);
        all.filter(|(_, n_attempts)| *n_attempts > 0)
    }

    /// All of them.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }
}
