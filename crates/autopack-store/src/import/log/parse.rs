//! Reads messages into records.

mod fields;

use super::record::{
    Enforcement, Escalation, Estimate, Kind, Record, Selection, Truncation, Usage,
};

pub(super) use fields::Bad;
use fields::{Fields, known_text, split};

type Parsed<'a> = Result<Record<'a>, Bad>;

/// What a message tells; `None` where it tells nothing about calls.
pub(super) fn parse(message: &[u8]) -> Option<Parsed<'_>> {
    let Some(rest) = message.strip_prefix(b"[") else {
        return run_of(message, "Initialized autonomous executor for run: ").map(Ok);
    };
    let end = memchr::memchr(b']', rest)?;
    let (tag, text) = (&rest[..end], &rest[end + 1..]);
    let (kind, read): (Kind, fn(&str) -> Parsed<'_>) = match tag {
        b"TOKEN_BUDGET" => (Kind::Usage, token_budget),
        b"TokenEstimationV2" => (Kind::Estimate, estimate),
        b"TokenEstimation" => (Kind::EstimateV1, estimate_v1),
        b"BUILD-129:P4" => (Kind::Enforcement, enforcement),
        b"BUILD-129:P10" => (Kind::Escalation, escalation),
        b"MODEL-SELECT" => return selection(text).map(Ok),
        b"LOCK" => return run_of(text, " Acquired executor lock for run_id=").map(Ok),
        phase => return verdict(phase, text).map(Ok),
    };
    let text = std::str::from_utf8(text).map_err(|_| Bad::NotUtf8(kind));
    Some(text.and_then(read))
}

fn token_budget(text: &str) -> Parsed<'_> {
    if text.starts_with(" phase=") {
        return usage(text);
    }
    if text.starts_with(" TRUNCATION: ") {
        return truncation(text);
    }
    Ok(Record::OtherMeaning(Kind::Usage))
}

fn usage(text: &str) -> Parsed<'_> {
    let marks = [
        " phase=",
        " complexity=",
        " input=",
        " output=",
        " total=",
        " model=",
    ];
    let [phase, complexity, input, output, _, model] = split(Kind::Usage, text, marks)?;
    let fields = Fields(Kind::Usage);
    let (output, ceiling) = fields.used_of_ceiling("output=", output)?;
    Ok(Record::Usage(Usage {
        phase,
        complexity,
        input: fields.value("input=", input)?,
        output,
        ceiling,
        model,
    }))
}

fn truncation(text: &str) -> Parsed<'_> {
    let marks = [" TRUNCATION: phase=", " used ", " tokens ("];
    let [phase, used, _] = split(Kind::Truncation, text, marks)?;
    let (output, ceiling) = Fields(Kind::Truncation).used_of_ceiling("used", used)?;
    Ok(Record::Truncation(Truncation {
        phase,
        output,
        ceiling,
    }))
}

fn estimate(text: &str) -> Parsed<'_> {
    if !text.starts_with(" predicted_output=") {
        return Ok(Record::OtherMeaning(Kind::Estimate));
    }
    if text.contains(" actual_total=") {
        return estimate_without_output(text);
    }
    let marks = [
        " predicted_output=",
        " actual_output=",
        " smape=",
        " selected_budget=",
        " category=",
        " complexity=",
        " deliverables=",
        " success=",
        " stop_reason=",
        " truncated=",
        " model=",
    ];
    let [
        predicted,
        actual,
        _,
        selected,
        category,
        complexity,
        deliverables,
        success,
        stop,
        truncated,
        model,
    ] = split(Kind::Estimate, text, marks)?;
    let fields = Fields(Kind::Estimate);
    Ok(Record::Estimate(Estimate {
        predicted: fields.value("predicted_output=", predicted)?,
        actual: Some(fields.value("actual_output=", actual)?),
        selected: fields.known("selected_budget=", selected)?,
        category,
        complexity,
        n_deliverables: fields.value("deliverables=", deliverables)?,
        success: fields.truth("success=", success)?,
        stop_reason: known_text(stop),
        truncated: fields.truth("truncated=", truncated)?,
        model,
    }))
}

fn estimate_without_output(text: &str) -> Parsed<'_> {
    let marks = [
        " predicted_output=",
        " actual_total=",
        " selected_budget=",
        " category=",
        " complexity=",
        " deliverables=",
        " success=",
        " model=",
    ];
    let [
        predicted,
        _,
        selected,
        category,
        complexity,
        deliverables,
        success,
        model,
    ] = split(Kind::Estimate, text, marks)?;
    let fields = Fields(Kind::Estimate);
    Ok(Record::Estimate(Estimate {
        predicted: fields.value("predicted_output=", predicted)?,
        actual: None,
        selected: fields.known("selected_budget=", selected)?,
        category,
        complexity,
        n_deliverables: fields.value("deliverables=", deliverables)?,
        success: fields.truth("success=", success)?,
        stop_reason: None,
        truncated: None,
        model,
    }))
}

fn estimate_v1(text: &str) -> Parsed<'_> {
    if !text.starts_with(" Predicted: ") {
        return Ok(Record::OtherMeaning(Kind::EstimateV1));
    }
    let marks = [" Predicted: ", " output tokens, Actual: ", " output tokens"];
    let [predicted, actual, _] = split(Kind::EstimateV1, text, marks)?;
    let fields = Fields(Kind::EstimateV1);
    Ok(Record::EstimateV1 {
        predicted: fields.value("Predicted:", predicted)?,
        actual: fields.value("Actual:", actual)?,
    })
}

fn enforcement(text: &str) -> Parsed<'_> {
    if !text.starts_with(" Final max_tokens enforcement: ") {
        return Ok(Record::OtherMeaning(Kind::Enforcement));
    }
    let marks = [
        " Final max_tokens enforcement: ",
        " (token_selected_budget=",
        ")",
    ];
    let [ceiling, selected, _] = split(Kind::Enforcement, text, marks)?;
    let fields = Fields(Kind::Enforcement);
    Ok(Record::Enforcement(Enforcement {
        ceiling: fields.value("enforcement:", ceiling)?,
        selected: fields.value("token_selected_budget=", selected)?,
    }))
}

fn escalation(text: &str) -> Parsed<'_> {
    if !text.starts_with(" ESCALATE-ONCE: ") {
        return Ok(Record::OtherMeaning(Kind::Escalation));
    }
    let arrow = if text.contains(") → retry=") {
        ") → retry="
    } else {
        ") -> retry="
    };
    let marks = [
        " ESCALATE-ONCE: phase=",
        " attempt=",
        " base=",
        " (from ",
        arrow,
        " (",
        "x, ",
    ];
    let [phase, attempt, base, base_source, retry, factor, reason] =
        split(Kind::Escalation, text, marks)?;
    let fields = Fields(Kind::Escalation);
    let utilization_percent = match reason {
        "truncation)" => None,
        reason => {
            let percent = reason.strip_suffix("% utilization)").unwrap_or_default();
            Some(fields.value("utilization", percent)?)
        }
    };
    Ok(Record::Escalation(Escalation {
        phase,
        attempt: fields.value("attempt=", attempt)?,
        base: fields.value("base=", base)?,
        base_source,
        retry: fields.value("retry=", retry)?,
        factor: fields.value("x,", factor)?,
        utilization_percent,
    }))
}

/// A line that only helps: one that cannot be read helps nobody, and nothing is lost.
fn selection(text: &[u8]) -> Option<Record<'_>> {
    let text = std::str::from_utf8(text).ok()?.trim_end();
    let (model, rest) = text
        .strip_prefix(" Builder: model=")?
        .split_once(", complexity=")?;
    let (_, rest) = rest.split_once(", attempt=")?;
    let (attempt, category) = rest.split_once(", category=")?;
    Some(Record::Selection(Selection {
        model,
        attempt: attempt.parse().ok()?,
        category: known_text(category),
    }))
}

fn verdict<'a>(phase: &'a [u8], text: &[u8]) -> Option<Record<'a>> {
    let success = match text.strip_prefix(b" Builder ")? {
        text if text.starts_with(b"succeeded (") => true,
        text if text.starts_with(b"failed: ") => false,
        _ => return None,
    };
    let phase = std::str::from_utf8(phase).ok()?;
    Some(Record::Verdict { phase, success })
}

fn run_of<'a>(text: &'a [u8], before: &str) -> Option<Record<'a>> {
    let name = std::str::from_utf8(text.strip_prefix(before.as_bytes())?).ok()?;
    let name = name.split(" (PID=").next().unwrap_or(name).trim();
    (!name.is_empty()).then_some(Record::Run(name))
}

#[cfg(test)]
mod tests;
