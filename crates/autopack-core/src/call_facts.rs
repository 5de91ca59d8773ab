//! What is known of a call before it is made, beyond the work and its provider.

use std::fmt;

use crate::thinking::ThinkingSetting;
use crate::tokens::Tokens;

/// What tells calls of one group apart before they are made. The order is that of [`Level`], from the most
/// general on; behind something that is not known, nothing counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CallFacts<'a> {
    /// The model, as named in the request. It implies how text becomes tokens.
    pub model: Option<&'a str>,
    /// How hard it is told to think, in a word such as those of [`CallFacts::effort_of`].
    pub effort: Option<&'a str>,
    /// The form of the prompt, by name.
    pub template: Option<&'a str>,
    /// What goes in, in tokens, as estimated before the call.
    pub estimated_input: Option<Tokens>,
}

/// A level on which calls are told apart, from the most general on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// By model.
    Model,
    /// By effort.
    Effort,
    /// By template.
    Template,
    /// By the size of what goes in.
    Input,
}

impl Level {
    /// All of them, in order.
    pub const ALL: [Self; 4] = [Self::Model, Self::Effort, Self::Template, Self::Input];

    /// The name in policies and reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::Effort => "effort",
            Self::Template => "template",
            Self::Input => "input",
        }
    }

    /// All that calls are told apart by on this level, in words.
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::Model => "by model",
            Self::Effort => "by model and effort",
            Self::Template => "by model, effort and template",
            Self::Input => "by model, effort, template and input size",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How many bytes of a prompt are taken for a token: of source code and prose that is within 7 % of what
/// the vocabulary `o200k_base` makes of them (research note on calibration, section 6).
const BYTES_PER_TOKEN: u64 = 4;

impl<'a> CallFacts<'a> {
    /// The word for how a call is told to think: `default` where it is told nothing, `budget` where it is
    /// given a budget.
    #[must_use]
    pub const fn effort_of(thinking: Option<ThinkingSetting>) -> &'static str {
        match thinking {
            None => "default",
            Some(ThinkingSetting::Budget(_)) => "budget",
            Some(ThinkingSetting::Effort(effort)) => effort.as_str(),
        }
    }

    /// How many tokens a prompt of so many bytes is taken for: one for each four that are begun.
    #[must_use]
    pub const fn input_of_bytes(n_bytes: usize) -> Tokens {
        Tokens::new((n_bytes as u64).div_ceil(BYTES_PER_TOKEN))
    }

    /// The names of what is known, from the model on, up to the first that is not.
    pub fn names(self) -> impl Iterator<Item = (Level, &'a str)> {
        let input = self
            .estimated_input
            .map(|input| InputSize::of(input).as_str());
        let names = [self.model, self.effort, self.template, input];
        let known = names
            .into_iter()
            .map_while(|name| name.filter(|name| !name.is_empty()));
        Level::ALL.into_iter().zip(known)
    }
}

/// The size of what goes into a call, by doublings. Edges that stay where they are keep rows of a policy
/// comparable from one calibration to the next, which quantiles of the data would not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InputSize(usize);

impl InputSize {
    /// The upper edges, in tokens, each in the size: from what no prompt of a phase is below to twice what
    /// the largest window holds.
    pub const EDGES: [&'static str; 14] = [
        "256", "512", "1024", "2048", "4096", "8192", "16384", "32768", "65536", "131072",
        "262144", "524288", "1048576", "2097152",
    ];
    const LOWEST_EDGE: u64 = 256;

    /// The size of so many tokens; what is above the highest edge has the largest size.
    #[must_use]
    pub fn of(input: Tokens) -> Self {
        let is_above = |place: &usize| input.get() > Self::LOWEST_EDGE << place;
        let last = Self::EDGES.len() - 1;
        Self((0..last).find(|place| !is_above(place)).unwrap_or(last))
    }

    /// The size that is named by this edge.
    #[must_use]
    pub fn named(edge: &str) -> Option<Self> {
        Self::EDGES
            .iter()
            .position(|known| *known == edge)
            .map(Self)
    }

    /// Its upper edge, which is its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        Self::EDGES[self.0]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Effort;

    #[test]
    fn sizes_are_doublings_named_by_their_upper_edge() {
        for (place, edge) in InputSize::EDGES.iter().enumerate() {
            let tokens: u64 = edge.parse().expect("a number");
            assert_eq!(tokens, InputSize::LOWEST_EDGE << place);
            assert_eq!(InputSize::of(Tokens::new(tokens)).as_str(), *edge);
            assert_eq!(InputSize::named(edge), Some(InputSize(place)));
        }
        let size = |tokens| InputSize::of(Tokens::new(tokens)).as_str();
        assert_eq!(
            [0, 257, 8193, u64::MAX].map(size),
            ["256", "512", "16384", "2097152"]
        );
        assert_eq!(InputSize::named("8000"), None);
        assert_eq!(CallFacts::input_of_bytes(4097), Tokens::new(1025));
    }

    #[test]
    fn what_is_not_known_ends_the_names() {
        let facts = CallFacts {
            model: Some("gpt-5"),
            effort: None,
            template: Some("prose"),
            estimated_input: Some(Tokens::new(900)),
        };
        assert_eq!(facts.names().collect::<Vec<_>>(), [(Level::Model, "gpt-5")]);
        let effort = CallFacts::effort_of(Some(ThinkingSetting::Effort(Effort::High)));
        let all = CallFacts {
            effort: Some(effort),
            ..facts
        };
        let names: Vec<_> = all.names().map(|(_, name)| name).collect();
        assert_eq!(names, ["gpt-5", "high", "prose", "1024"]);
        assert_eq!(CallFacts::effort_of(None), "default");
    }
}
