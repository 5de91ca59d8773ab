//! Second attempts at a larger ceiling: why, from which number, and what came of them.

use std::collections::BTreeMap;

use autopack_store::{EscalationRow, NextAttempt};
use serde_json::{Value, json};

use super::rate::Rate;
use crate::output::{Align, Table};

/// Escalations by reason and base source.
#[derive(Default)]
pub(super) struct Escalations {
    of_kind: BTreeMap<(String, String), Outcomes>,
    total: Outcomes,
}

/// What became of the attempts that followed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Outcomes {
    n: u64,
    n_whole: u64,
    n_truncated: u64,
    n_failed: u64,
}

impl Outcomes {
    fn add(&mut self, next: Option<NextAttempt>) {
        self.n += 1;
        match next {
            Some(NextAttempt::Whole) => self.n_whole += 1,
            Some(NextAttempt::Truncated) => self.n_truncated += 1,
            Some(NextAttempt::Failed) => self.n_failed += 1,
            None => {}
        }
    }

    /// Whole answers among the attempts whose chain tells.
    const fn whole(self) -> Rate {
        Rate {
            n_hits: self.n_whole,
            n: self.n_whole + self.n_truncated + self.n_failed,
        }
    }

    fn cells(self) -> [String; 7] {
        let whole = self.whole();
        [
            self.n.to_string(),
            self.n_whole.to_string(),
            self.n_truncated.to_string(),
            self.n_failed.to_string(),
            (self.n - whole.n).to_string(),
            whole.share_text(),
            whole.interval_text(),
        ]
    }

    fn json(self) -> Value {
        let whole = self.whole();
        let interval = whole.interval();
        json!({
            "n_escalations": self.n,
            "n_next_whole": self.n_whole,
            "n_next_truncated": self.n_truncated,
            "n_next_failed": self.n_failed,
            "n_next_unknown": self.n - whole.n,
            "whole_rate": whole.share(),
            "whole_rate_low": interval.map(|interval| interval.low),
            "whole_rate_high": interval.map(|interval| interval.high),
        })
    }
}

impl Escalations {
    pub(super) fn add(&mut self, row: EscalationRow) {
        let kind = (row.reason, row.base_source);
        self.of_kind.entry(kind).or_default().add(row.next);
        self.total.add(row.next);
    }

    pub(super) fn text(&self) -> String {
        if self.total.n == 0 {
            return "escalations\nnone".to_owned();
        }
        let mut columns = vec![("reason", Align::Left), ("base source", Align::Left)];
        columns.extend(
            [
                "escalations",
                "then whole",
                "cut off again",
                "failed",
                "not known",
                "whole",
                "95 % interval",
            ]
            .map(|name| (name, Align::Right)),
        );
        let mut table = Table::new(&columns);
        let mut row = |reason: &str, base_source: &str, outcomes: Outcomes| {
            let mut cells = vec![reason.to_owned(), base_source.to_owned()];
            cells.extend(outcomes.cells());
            table.row(cells);
        };
        for ((reason, base_source), outcomes) in &self.of_kind {
            row(reason, base_source, *outcomes);
        }
        if self.of_kind.len() > 1 {
            row("all", "", self.total);
        }
        format!(
            "escalations\n{table}\nwhole = share of the attempts that followed, where their chain \
             tells, that were not cut off"
        )
    }

    pub(super) fn json(&self) -> Value {
        let kind = |((reason, base_source), outcomes): (&(String, String), &Outcomes)| {
            let mut object = outcomes.json();
            object["reason"] = json!(reason);
            object["base_source"] = json!(base_source);
            object
        };
        json!({
            "groups": self.of_kind.iter().map(kind).collect::<Vec<_>>(),
            "total": self.total.json(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use autopack_core::Tokens;

    fn escalation(reason: &str, base_source: &str, next: Option<NextAttempt>) -> EscalationRow {
        EscalationRow {
            timestamp: "2026-01-05T08:01:35Z".parse().expect("a time"),
            run_id: "run".to_owned(),
            phase_id: "guide".to_owned(),
            attempt: 1,
            provider: None,
            reason: reason.to_owned(),
            base_source: base_source.to_owned(),
            retry_max_tokens: Tokens::new(5120),
            next,
        }
    }

    #[test]
    fn outcomes_are_counted_by_reason_and_source() {
        let mut escalations = Escalations::default();
        for next in [
            Some(NextAttempt::Whole),
            Some(NextAttempt::Whole),
            Some(NextAttempt::Truncated),
            Some(NextAttempt::Failed),
            None,
        ] {
            escalations.add(escalation("truncation", "selected_budget", next));
        }
        escalations.add(escalation("utilization", "complexity_default", None));
        let json = escalations.json();
        let first = &json["groups"][0];
        assert_eq!(first["reason"], "truncation");
        assert_eq!(first["n_escalations"], 5);
        assert_eq!(first["n_next_unknown"], 1);
        assert_eq!(first["whole_rate"], 0.5, "two of the four that are known");
        assert_eq!(json["groups"][1]["base_source"], "complexity_default");
        assert_eq!(json["groups"][1]["whole_rate"], Value::Null);
        assert_eq!(json["total"]["n_escalations"], 6);
    }

    #[test]
    fn none_is_said() {
        assert_eq!(Escalations::default().text(), "escalations\nnone");
    }
}
