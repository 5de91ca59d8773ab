//! Calls as the datasets of the project tell them: columns in common, and some of their own.

use autopack_core::{Category, Complexity, DocFeatures, Provider, Tokens};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

use super::super::call::{Call, stop_of};
use super::super::error::ImportError;
use super::super::key::KeyMaker;
use super::super::{Assumed, SourceFormat};

/// What a call is nothing without.
const NEEDED: [&str; 3] = ["timestamp", "complexity", "actual_output_tokens"];

/// What tells of a call, in the order in which a key is made of it. Never change it: databases keep keys.
const NAMES: [&str; 24] = [
    "row_id",
    "run_id",
    "phase_id",
    "timestamp",
    "provider",
    "model",
    "category",
    "complexity",
    "deliverable_count",
    "input_tokens",
    "predicted_output_tokens",
    "selected_budget",
    "actual_max_tokens",
    "actual_output_tokens",
    "truncated",
    "stop_reason",
    "success",
    "attempt",
    "context_quality",
    "api_reference_required",
    "examples_required",
    "research_required",
    "usage_guide_required",
    "split_key",
];

/// What a truncated call was cut off at, where it says nothing else.
const AT_CEILING: &str = "max_tokens";

/// Where the columns of calls stand.
#[derive(Debug)]
pub(super) struct CallColumns([Option<usize>; NAMES.len()]);

impl CallColumns {
    pub(super) fn of(header: &[String]) -> Result<Self, ImportError> {
        let place = |name: &str| header.iter().position(|column| column == name);
        let missing: Vec<&str> = NEEDED
            .into_iter()
            .filter(|name| place(name).is_none())
            .collect();
        if !missing.is_empty() {
            let missing = missing.join("`, `");
            return Err(ImportError::MissingColumns { missing });
        }
        Ok(Self(NAMES.map(place)))
    }

    /// The call of a row and whether it went to a provider that has no place here, or why there is none.
    pub(super) fn call<'a>(
        &self,
        text: impl Fn(usize) -> Result<&'a str, String>,
        assumed: &Assumed,
    ) -> Result<(Call, bool), String> {
        let mut cells = [""; NAMES.len()];
        for (cell, place) in cells.iter_mut().zip(self.0) {
            if let Some(at) = place {
                *cell = text(at)?.trim();
            }
        }
        let cells = Cells(cells);
        let call = cells.call(assumed)?;
        let is_elsewhere = cells.get("provider").is_some() && call.provider.is_none();
        Ok((call, is_elsewhere))
    }
}

/// The cells of a row, in the order of [`NAMES`].
struct Cells<'a>([&'a str; NAMES.len()]);

impl<'a> Cells<'a> {
    /// The cell under a name, where it says something.
    fn get(&self, name: &str) -> Option<&'a str> {
        let at = NAMES.iter().position(|known| *known == name)?;
        Some(self.0[at]).filter(|cell| !cell.is_empty())
    }

    fn number<T: std::str::FromStr>(&self, name: &str) -> Result<Option<T>, String> {
        let cell = self.get(name).map(str::parse);
        cell.transpose()
            .map_err(|_| format!("`{name}` is not a whole number from 0"))
    }

    fn tokens(&self, name: &str) -> Result<Option<Tokens>, String> {
        Ok(self.number(name)?.map(Tokens::new))
    }

    fn truth(&self, name: &str) -> Result<Option<bool>, String> {
        Ok(match self.get(name) {
            None => None,
            Some("true" | "True" | "1") => Some(true),
            Some("false" | "False" | "0") => Some(false),
            Some(_) => return Err(format!("`{name}` is not true or false")),
        })
    }

    /// UTC, whether or not it says so.
    fn timestamp(&self) -> Result<Timestamp, String> {
        let cell = self.get("timestamp").ok_or("`timestamp` is missing")?;
        let civil = || {
            Offset::UTC
                .to_timestamp(cell.parse::<DateTime>().ok()?)
                .ok()
        };
        let time = cell.parse().ok().or_else(civil);
        time.ok_or_else(|| "`timestamp` is not a time".to_owned())
    }

    fn complexity(&self, assumed: &Assumed) -> Result<Complexity, String> {
        match self.get("complexity") {
            Some(word) => Complexity::canonical(word)
                .ok_or_else(|| "`complexity` is none of low, medium, high, maintenance".to_owned()),
            None => assumed
                .complexity
                .ok_or_else(|| "`complexity` is missing".to_owned()),
        }
    }

    fn doc_features(&self) -> Result<Option<DocFeatures>, String> {
        let asked = [
            self.truth("api_reference_required")?,
            self.truth("examples_required")?,
            self.truth("research_required")?,
            self.truth("usage_guide_required")?,
        ];
        Ok(match asked {
            [
                Some(api_reference),
                Some(examples),
                Some(research),
                Some(usage_guide),
            ] => Some(DocFeatures {
                api_reference,
                examples,
                research,
                usage_guide,
            }),
            _ => None,
        })
    }

    fn key(&self) -> String {
        let time = self.get("timestamp").unwrap_or_default();
        let mut key = KeyMaker::new(SourceFormat::Csv, time);
        for cell in self.0 {
            key.part(cell);
        }
        key.key()
    }

    fn call(&self, assumed: &Assumed) -> Result<Call, String> {
        let owned = |name| self.get(name).map(str::to_owned);
        let truncated = self.truth("truncated")?;
        let stop = match (self.get("stop_reason"), truncated) {
            (Some(native), _) => Some(stop_of(native)),
            (None, Some(true)) => Some(stop_of(AT_CEILING)),
            (None, Some(false)) => None,
            (None, None) => {
                return Err("neither `truncated` nor `stop_reason` tells how it ended".to_owned());
            }
        };
        let is_said = stop.as_ref().is_some_and(autopack_core::Stop::is_truncated);
        let category = self.get("category").and_then(Category::canonical);
        let attempt: Option<u32> = self.number("attempt")?;
        Ok(Call {
            import_key: self.key(),
            run_id: owned("run_id").unwrap_or_else(|| assumed.run_id.clone()),
            phase_id: owned("phase_id"),
            timestamp: self.timestamp()?,
            provider: self
                .get("provider")
                .and_then(|word| word.parse::<Provider>().ok()),
            model: owned("model"),
            category: category.or_else(|| assumed.category.clone()),
            complexity: self.complexity(assumed)?,
            n_deliverables: self.number("deliverable_count")?,
            // Theirs count from 0.
            attempt: attempt.and_then(|attempt| attempt.checked_add(1)),
            input: self.tokens("input_tokens")?,
            predicted: self.tokens("predicted_output_tokens")?,
            selected_budget: self.tokens("selected_budget")?,
            actual_max_tokens: self.tokens("actual_max_tokens")?,
            output: self.tokens("actual_output_tokens")?,
            is_truncated: truncated.unwrap_or(is_said),
            stop,
            success: self.truth("success")?,
            doc_features: self.doc_features()?,
            context_quality: owned("context_quality"),
        })
    }
}
