//! `autopack report`: what telemetry says. A section is a room of its own.

mod accuracy;
mod compare;
mod coverage;
mod escalations;
pub(super) mod figures;
mod groups;
pub(super) mod observed;
pub(super) mod plot;
pub(super) mod rate;
#[cfg(test)]
pub(super) mod rows;
pub(super) mod since;
mod targets;
mod timeline;

use anyhow::Context as _;
use autopack_store::{EstimationRow, Filter, OpenMode, Store};
use jiff::Timestamp;
use serde_json::json;

use crate::args::ReportArgs;
use crate::exit::{Exit, Failure, Fault};
use crate::output;
use crate::settings::Settings;
use accuracy::Predicting;
use compare::{Comparing, Comparison};
use coverage::Coverage;
use escalations::Escalations;
use groups::{Grouping, Groups};
use plot::Drawing;
use rate::Rate;
use targets::Targets;
use timeline::{Hours, Timeline};

pub(crate) use groups::GroupBy;
pub(crate) use timeline::Period;

pub(super) async fn run(args: &ReportArgs, settings: &Settings) -> Result<Exit, Failure> {
    let since = args
        .since
        .as_deref()
        .map(|text| since::parse(text, Timestamp::now()));
    let since = since.transpose().context("--since").usage()?;
    let plot = args
        .plot
        .as_deref()
        .map(output::plot::checked)
        .transpose()?;
    let policies = args.compare.as_deref().map(compare::resolve).transpose()?;
    let database = settings.database(&args.database)?.value;
    let store = Store::open(&database, OpenMode::ReadOnly).await.outside()?;
    let mut reading = Reading::new(args, policies);
    let filter = Filter {
        since,
        ..Filter::default()
    };
    let calls = store
        .for_each_estimation(&filter, |row| reading.add(&row))
        .await
        .outside()?;
    let escalated = store
        .for_each_escalation(&filter, |row| reading.escalations.add(row))
        .await
        .outside()?;
    store.close().await.outside()?;
    let n_unreadable = calls.n_unreadable + escalated.n_unreadable;
    output::warn_unreadable(n_unreadable);
    if calls.n_rows == 0 {
        output::say(match &args.since {
            Some(since) => format!("no calls in {database} since {since}: go back further"),
            None => format!("no calls in {database}: run a plan first"),
        });
        return Ok(Exit::No);
    }
    let report = reading.finish(args.over);
    report.print(args)?;
    if let Some(((path, format), picture)) = plot.zip(report.picture.as_ref()) {
        let svg = output::plot::svg(picture).outside()?;
        output::plot::write(path, format, svg)?;
    }
    Ok(report.exit())
}

/// The sections on the way: each takes from a row what it needs.
struct Reading<'a> {
    groups: Grouping<'a>,
    predicting: Predicting,
    successful: Rate,
    coverage: Coverage,
    escalations: Escalations,
    hours: Option<Hours>,
    comparing: Option<Comparing>,
    drawing: Option<Drawing>,
}

/// All that was read, section by section.
struct Report<'a> {
    groups: Groups<'a>,
    targets: Targets,
    coverage: Coverage,
    escalations: Escalations,
    timeline: Option<Timeline>,
    comparison: Option<Comparison>,
    picture: Option<output::plot::Picture>,
}

impl<'a> Reading<'a> {
    fn new(args: &'a ReportArgs, policies: Option<[String; 2]>) -> Self {
        let is_timed = args.over.is_some() || args.json || args.plot.is_some();
        Self {
            groups: Grouping::new(&args.by),
            predicting: Predicting::default(),
            successful: Rate::default(),
            coverage: Coverage::default(),
            escalations: Escalations::default(),
            hours: is_timed.then(Hours::default),
            comparing: policies.map(Comparing::new),
            drawing: args.plot.as_ref().map(|_| Drawing::default()),
        }
    }

    fn add(&mut self, row: &EstimationRow) {
        self.groups.add(row);
        self.predicting.add(row);
        if let Some(success) = row.success {
            self.successful.add(success);
        }
        self.coverage.add(row);
        if let Some(hours) = &mut self.hours {
            hours.add(row);
        }
        if let Some(comparing) = &mut self.comparing {
            comparing.add(row);
        }
        if let Some(drawing) = &mut self.drawing {
            drawing.add(row);
        }
    }

    fn finish(self, period: Option<Period>) -> Report<'a> {
        let groups = self.groups.finish();
        let timeline = self.hours.map(|hours| hours.finish(period));
        let drawing = self.drawing.zip(timeline.as_ref());
        Report {
            targets: Targets::new(
                self.predicting.finish(),
                groups.total.truncated,
                self.successful,
            ),
            coverage: self.coverage,
            escalations: self.escalations,
            picture: drawing.map(|(drawing, timeline)| drawing.finish(&groups.total, timeline)),
            timeline,
            comparison: self.comparing.map(Comparing::finish),
            groups,
        }
    }
}

impl Report<'_> {
    /// Prints it in the form that was asked for.
    fn print(&self, args: &ReportArgs) -> Result<(), Failure> {
        if args.csv {
            return output::data(self.groups.csv());
        }
        for warning in self.coverage.warnings() {
            output::warn(warning);
        }
        if let Some(missing) = self.comparison.as_ref().and_then(Comparison::missing) {
            output::say(missing);
        }
        if args.json {
            output::json(&self.json())
        } else {
            output::data(self.sections(args.over.is_some()).join("\n\n"))
        }
    }

    /// The groups, then what was asked for, or the overview where nothing was.
    fn sections(&self, is_timed: bool) -> Vec<String> {
        let mut sections = vec![self.groups.text()];
        if is_timed {
            sections.extend(self.timeline.as_ref().map(Timeline::text));
        }
        sections.extend(self.comparison.as_ref().map(Comparison::text));
        if sections.len() == 1 {
            sections.push(self.targets.text());
            sections.push(self.coverage.text());
            sections.push(self.escalations.text());
        }
        sections
    }

    fn json(&self) -> serde_json::Value {
        json!({
            "by": self.groups.by_json(),
            "groups": self.groups.json(),
            "total": self.groups.total.json(),
            "targets": self.targets.json(),
            "coverage": self.coverage.json(),
            "escalations": self.escalations.json(),
            "timeline": self.timeline.as_ref().map(Timeline::json),
            "comparison": self.comparison.as_ref().map(Comparison::json),
        })
    }

    /// The answer is no where a policy that was named decided nothing.
    fn exit(&self) -> Exit {
        match self.comparison.as_ref().and_then(Comparison::missing) {
            Some(_) => Exit::No,
            None => Exit::Done,
        }
    }
}
