//! How hard a phase is, in the three steps that budgets are kept for, and maintenance beside them.

use std::fmt;

/// The complexity of a phase.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Complexity {
    /// Small and clear.
    Low,
    /// The ordinary case, and what a missing or unknown complexity counts as.
    #[default]
    Medium,
    /// Large or hard.
    High,
    /// Upkeep; budgets have no row of their own for it.
    Maintenance,
}

/// Endings that carry no meaning: `low_complexity` is `low`.
const SUFFIXES: [&str; 8] = [
    "_complexity",
    "-complexity",
    "_level",
    "-level",
    "_mode",
    "-mode",
    "_task",
    "_tier",
];

impl Complexity {
    /// Reads a complexity in any of its spellings: trimmed, lower-cased, without the suffixes
    /// `_complexity`, `_level`, `_mode`, `_task`, `_tier`; `med` and `maint` are understood.
    /// `None` for a word that is no complexity.
    #[must_use]
    pub fn canonical(text: &str) -> Option<Self> {
        let lowered = text.trim().to_lowercase();
        let word = SUFFIXES
            .iter()
            .find_map(|suffix| lowered.strip_suffix(suffix))
            .unwrap_or(&lowered);
        match word {
            "low" => Some(Self::Low),
            "medium" | "med" => Some(Self::Medium),
            "high" => Some(Self::High),
            "maintenance" | "maint" | "maintain" => Some(Self::Maintenance),
            _ => None,
        }
    }

    /// The canonical spelling.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Maintenance => "maintenance",
        }
    }
}

impl fmt::Display for Complexity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_are_understood() {
        for (given, expected) in [
            (" Low ", Some(Complexity::Low)),
            ("high_complexity", Some(Complexity::High)),
            ("MED-level", Some(Complexity::Medium)),
            ("maint_tier", Some(Complexity::Maintenance)),
            ("maintain", Some(Complexity::Maintenance)),
            ("epic", None),
            ("", None),
        ] {
            assert_eq!(Complexity::canonical(given), expected, "{given:?}");
        }
    }
}
