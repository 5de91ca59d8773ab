//! Which calls are learned together: those that the client says belong together, else those of one call
//! site, which is known by what a program writes once and sends each time.

use std::hash::Hasher as _;

use autopack_core::{Category, Complexity, Tokens, UpstreamName};
use autopack_wire::{RequestFacts, ResponseFormat, ThinkingMode};
use twox_hash::XxHash3_64;

use crate::headers::Labels;
use crate::hex;

/// What a group is found by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct GroupKey<'a> {
    upstream: &'a UpstreamName,
    model: &'a str,
    site: Site<'a>,
}

/// What tells groups of one model apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Site<'a> {
    /// The client's own name for it.
    Named(&'a str),
    /// What the client says of its work.
    Cell(&'a Category, Complexity),
    /// What its requests have in common.
    Hashed(u64),
}

impl<'a> GroupKey<'a> {
    pub(crate) fn of(
        upstream: &'a UpstreamName,
        model: &'a str,
        labels: &'a Labels,
        facts: &RequestFacts<'_>,
    ) -> Self {
        let site = match (&labels.group, &labels.category) {
            (Some(group), _) => Site::Named(group),
            (None, Some(category)) => Site::Cell(category, labels.complexity.unwrap_or_default()),
            (None, None) => Site::Hashed(call_site(facts)),
        };
        Self {
            upstream,
            model,
            site,
        }
    }

    pub(crate) const fn upstream(self) -> &'a UpstreamName {
        self.upstream
    }

    /// The name in telemetry; what stands before a `/` is shared with neighbours.
    pub(crate) fn name(self) -> String {
        let Self {
            upstream, model, ..
        } = self;
        match self.site {
            Site::Named(name) => format!("{upstream}/{model}/{name}"),
            Site::Cell(category, complexity) => {
                format!("{upstream}/{model}/{category}/{complexity}")
            }
            Site::Hashed(hash) => {
                // Joined, for it is made for nearly every call, and to format takes longer.
                let digits = hex::Digits::of(hash);
                [upstream.as_str(), "/", model, "/site-", digits.as_str()].concat()
            }
        }
    }
}

/// A hash of what a program sends with each of its calls: how the model is to think, the tools, the form
/// of the answer and the standing instructions. It is XXH3 of 64 bits, the same on every machine, so that
/// a restarted gateway finds its groups again in the telemetry.
fn call_site(facts: &RequestFacts<'_>) -> u64 {
    let mut hasher = XxHash3_64::new();
    let mut part = |bytes: &[u8]| write_part(&mut hasher, bytes);
    let (mode, budget) = match facts.thinking.mode {
        ThinkingMode::Unset => (0, None),
        ThinkingMode::Off => (1, None),
        ThinkingMode::Adaptive => (2, None),
        ThinkingMode::On(budget) => (3, budget),
    };
    let format = match facts.response_format {
        ResponseFormat::Text => 0,
        ResponseFormat::Json => 1,
        ResponseFormat::JsonSchema => 2,
        _ => 3,
    };
    part(&[mode, format, u8::from(facts.tool_choice)]);
    part(&budget.map_or(0, Tokens::get).to_le_bytes());
    part(
        facts
            .thinking
            .effort
            .as_deref()
            .unwrap_or_default()
            .as_bytes(),
    );
    for name in &facts.tool_names {
        part(name.as_bytes());
    }
    part(facts.system.unwrap_or_default());
    hasher.finish()
}

/// A part with its length, so that `ab`, `c` and `a`, `bc` differ.
fn write_part(hasher: &mut XxHash3_64, bytes: &[u8]) {
    hasher.write(&bytes.len().to_le_bytes());
    hasher.write(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;
    use autopack_core::Provider;
    use autopack_wire::Dialect;

    fn name(labels: &Labels, body: &str) -> String {
        let facts = Dialect::OpenAiChat
            .read_request(body.as_bytes())
            .expect("a request");
        let upstream = UpstreamName::from(Provider::OpenAi);
        GroupKey::of(&upstream, "gpt-5", labels, &facts).name()
    }

    #[test]
    fn a_call_site_is_known_by_what_stays_the_same() {
        let labels = Labels::default();
        let system = r#"{"role":"system","content":"you title chats"}"#;
        let first = name(
            &labels,
            &format!(r#"{{"messages":[{system},{{"role":"user","content":"a"}}]}}"#),
        );
        let second = name(
            &labels,
            &format!(r#"{{"messages":[{system},{{"role":"user","content":"b"}}]}}"#),
        );
        assert_eq!(first, second);
        assert!(first.starts_with("openai/gpt-5/site-"), "{first}");
        for other in [
            r#"{"messages":[{"role":"system","content":"you write code"}]}"#.to_owned(),
            format!(r#"{{"messages":[{system}],"reasoning_effort":"low"}}"#),
            format!(r#"{{"messages":[{system}],"response_format":{{"type":"json_object"}}}}"#),
            format!(r#"{{"messages":[{system}],"tools":[{{"function":{{"name":"f"}}}}]}}"#),
        ] {
            assert_ne!(name(&labels, &other), first, "{other}");
        }
    }

    #[test]
    fn what_the_client_says_goes_first() {
        let mut labels = Labels {
            category: Category::canonical("documentation"),
            complexity: Some(Complexity::Low),
            ..Labels::default()
        };
        assert_eq!(name(&labels, "{}"), "openai/gpt-5/docs/low");
        labels.group = Some("titles".to_owned());
        assert_eq!(name(&labels, "{}"), "openai/gpt-5/titles");
    }
}
