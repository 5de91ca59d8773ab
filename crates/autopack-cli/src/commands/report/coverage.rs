//! How much of what could be known was written down.

use autopack_store::EstimationRow;
use serde_json::{Value, json};

use super::observed;
use super::rate::Rate;
use crate::output::{Align, Table};

/// Below this share, figures rest on too few of the calls: the telemetry specification's.
const WANTED: f64 = 0.8;

/// Shares of calls of which something is known.
#[derive(Default)]
pub(super) struct Coverage {
    /// Of those that came back: a call that failed has no usage to report.
    usage: Rate,
    ceiling: Rate,
    /// Of first attempts.
    prediction: Rate,
    provider: Rate,
}

/// What a share is of.
struct Part {
    name: &'static str,
    json: &'static str,
    rate: Rate,
    /// What to do where the share is low.
    advice: &'static str,
}

impl Coverage {
    pub(super) fn add(&mut self, row: &EstimationRow) {
        if observed::came_back(row) {
            self.usage.add(row.actual_output_tokens.is_some());
        }
        self.ceiling.add(row.actual_max_tokens.is_some());
        // A later attempt may ask for the rest of an answer, of which nothing is predicted.
        if row.attempt.is_none_or(|attempt| attempt == 1) {
            self.prediction.add(row.predicted_output_tokens.is_some());
        }
        self.provider.add(row.provider.is_some());
    }

    fn parts(&self) -> [Part; 4] {
        [
            Part {
                name: "usage (actual_output_tokens), of calls that came back",
                json: "usage",
                rate: self.usage,
                advice: "see whether what stands before the provider drops the usage of its replies",
            },
            Part {
                name: "ceiling (actual_max_tokens)",
                json: "ceiling",
                rate: self.ceiling,
                advice: "bring a database from before the split along with `autopack migrate`",
            },
            Part {
                name: "prediction (predicted_output_tokens), of first attempts",
                json: "prediction",
                rate: self.prediction,
                advice: "name the deliverables of each phase in its plan; without any there is nothing to predict from",
            },
            Part {
                name: "provider",
                json: "provider",
                rate: self.provider,
                advice: "bring a database of the Python Autopack along with `autopack migrate`; its old rows stay without, so leave them out with --since",
            },
        ]
    }

    /// What to do, for each share that is too low.
    pub(super) fn warnings(&self) -> Vec<String> {
        let low = |part: &Part| part.rate.share().is_some_and(|share| share < WANTED);
        let parts = self.parts().into_iter().filter(low);
        let warning = |part: Part| {
            format!(
                "only {} of {} calls have their {}: {}",
                part.rate.share_text(),
                part.rate.n,
                part.json,
                part.advice
            )
        };
        parts.map(warning).collect()
    }

    pub(super) fn text(&self) -> String {
        let mut table = Table::new(&[
            ("recorded", Align::Left),
            ("calls", Align::Right),
            ("of", Align::Right),
            ("share", Align::Right),
        ]);
        for part in self.parts() {
            table.row(vec![
                part.name.to_owned(),
                part.rate.n_hits.to_string(),
                part.rate.n.to_string(),
                part.rate.share_text(),
            ]);
        }
        format!("coverage\n{table}")
    }

    pub(super) fn json(&self) -> Value {
        let share = |part: Part| {
            let share = json!({
                "n": part.rate.n,
                "n_known": part.rate.n_hits,
                "share": part.rate.share(),
            });
            (part.json.to_owned(), share)
        };
        Value::Object(self.parts().into_iter().map(share).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::super::rows::row;
    use super::*;
    use autopack_store::EstimationRow;

    #[test]
    fn shares_are_counted_and_low_ones_say_what_to_do() {
        let mut coverage = Coverage::default();
        for _ in 0..4 {
            coverage.add(&row());
        }
        coverage.add(&EstimationRow {
            actual_max_tokens: None,
            provider: None,
            ..row()
        });
        assert_eq!(coverage.warnings(), [""; 0], "80 % are enough");
        // Failed on the way: no usage to report, and no fault of usage.
        coverage.add(&EstimationRow {
            actual_output_tokens: None,
            success: Some(false),
            actual_max_tokens: None,
            ..row()
        });
        assert_eq!(coverage.usage, Rate { n_hits: 5, n: 5 });
        assert_eq!(coverage.ceiling, Rate { n_hits: 4, n: 6 });
        assert_eq!(coverage.provider, Rate { n_hits: 5, n: 6 });
        assert_eq!(
            coverage.warnings(),
            [
                "only 66.7 % of 6 calls have their ceiling: bring a database from before the split along with `autopack migrate`"
            ]
        );
        assert_eq!(coverage.json()["ceiling"]["n_known"], 4);
        // The rest of an answer.
        coverage.add(&EstimationRow {
            predicted_output_tokens: None,
            attempt: Some(2),
            ..row()
        });
        assert_eq!(coverage.prediction, Rate { n_hits: 6, n: 6 });
    }
}
