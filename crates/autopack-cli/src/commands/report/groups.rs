//! Calls by provider, category or whatever was asked for: the first section.

use std::collections::BTreeMap;

use autopack_store::EstimationRow;
use clap::ValueEnum;
use serde_json::{Value, json};

use super::figures::{COLUMNS, Figures, Gathered, NAMES};
use crate::output::{self, Align, Table};

/// What calls can be grouped by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum GroupBy {
    Provider,
    Upstream,
    Category,
    Complexity,
    Model,
    Run,
    Policy,
}

impl GroupBy {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Provider => "provider",
            Self::Upstream => "upstream",
            Self::Category => "category",
            Self::Complexity => "complexity",
            Self::Model => "model",
            Self::Run => "run",
            Self::Policy => "policy",
        }
    }

    /// The word of a row under this heading; `-` where the row does not say.
    fn of(self, row: &EstimationRow) -> String {
        match self {
            Self::Provider => output::known(row.provider),
            // Rows from before upstreams had names went to a vendor.
            Self::Upstream => match &row.upstream {
                Some(name) => name.clone(),
                None => output::known(row.provider),
            },
            Self::Category => row.category.to_string(),
            Self::Complexity => row.complexity.to_string(),
            Self::Model => row.model.clone(),
            Self::Run => row.run_id.clone(),
            Self::Policy => output::known(row.policy_version.as_deref()),
        }
    }
}

/// Groups on the way.
pub(super) struct Grouping<'a> {
    by: &'a [GroupBy],
    of_key: BTreeMap<Vec<String>, Gathered>,
    total: Gathered,
}

/// The groups in order of their keys, and all calls together.
pub(super) struct Groups<'a> {
    by: &'a [GroupBy],
    of_key: Vec<Group>,
    pub(super) total: Figures,
}

/// A group of calls.
struct Group {
    /// Its word under each heading.
    key: Vec<String>,
    figures: Figures,
}

impl<'a> Grouping<'a> {
    pub(super) fn new(by: &'a [GroupBy]) -> Self {
        Self {
            by,
            of_key: BTreeMap::new(),
            total: Gathered::default(),
        }
    }

    pub(super) fn add(&mut self, row: &EstimationRow) {
        let key = self.by.iter().map(|key| key.of(row)).collect();
        self.of_key.entry(key).or_default().add(row);
        self.total.add(row);
    }

    pub(super) fn finish(self) -> Groups<'a> {
        let group = |(key, gathered): (_, Gathered)| Group {
            key,
            figures: gathered.figures(),
        };
        Groups {
            by: self.by,
            of_key: self.of_key.into_iter().map(group).collect(),
            total: self.total.figures(),
        }
    }
}

impl Groups<'_> {
    fn names(&self) -> impl Iterator<Item = &'static str> {
        self.by.iter().map(|key| key.as_str())
    }

    pub(super) fn text(&self) -> String {
        let mut columns: Vec<(&str, Align)> =
            self.names().map(|name| (name, Align::Left)).collect();
        columns.extend(COLUMNS.map(|(name, _)| (name, Align::Right)));
        let mut table = Table::new(&columns);
        let cells = |figures: &Figures| COLUMNS.map(|(_, cell)| cell(figures));
        for group in &self.of_key {
            let mut row = group.key.clone();
            row.extend(cells(&group.figures));
            table.row(row);
        }
        if self.of_key.len() > 1 {
            let mut row = vec![String::new(); self.by.len()];
            "all".clone_into(&mut row[0]);
            row.extend(cells(&self.total));
            table.row(row);
        }
        format!(
            "{table}\nwaste = ceiling / output tokens (the selected budget stands in for a ceiling \
             that was not recorded);\ncoverage = share of calls whose ceiling was recorded; failed \
             calls count in no rate"
        )
    }

    pub(super) fn json(&self) -> Vec<Value> {
        let object = |group: &Group| {
            let mut object = group.figures.json();
            for (name, word) in self.names().zip(&group.key) {
                object[name] = json!(word);
            }
            object
        };
        self.of_key.iter().map(object).collect()
    }

    pub(super) fn by_json(&self) -> Vec<&'static str> {
        self.names().collect()
    }

    pub(super) fn csv(&self) -> String {
        let names = self.names().chain(NAMES);
        let mut lines = vec![names.collect::<Vec<_>>().join(",")];
        for group in &self.of_key {
            let figures = group.figures.json();
            let numbers = NAMES.iter().map(|name| match &figures[*name] {
                Value::Null => String::new(),
                number => number.to_string(),
            });
            let cells = group.key.iter().map(|word| csv_cell(word)).chain(numbers);
            lines.push(cells.collect::<Vec<_>>().join(","));
        }
        lines.join("\n")
    }
}

/// A text as RFC 4180 wants it.
fn csv_cell(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csv_cells_are_quoted_where_they_must_be() {
        assert_eq!(csv_cell("plain"), "plain");
        assert_eq!(csv_cell("a,\"b\"\n"), "\"a,\"\"b\"\"\n\"");
    }
}
