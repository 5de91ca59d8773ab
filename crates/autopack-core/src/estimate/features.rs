//! What a documentation phase asks for, read off its deliverables and its description.

use crate::phase::Phase;

/// Features of a documentation phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "four independent columns of the telemetry"
)]
pub struct DocFeatures {
    /// An API reference is asked for.
    pub api_reference: bool,
    /// Examples are asked for.
    pub examples: bool,
    /// The material has to be found out first.
    pub research: bool,
    /// A guide for users is asked for.
    pub usage_guide: bool,
}

const API_REFERENCE: [&str; 5] = [
    "api_reference",
    "api reference",
    "api.md",
    "endpoints",
    "rest api",
];
const EXAMPLES: [&str; 3] = ["example", "snippets", "sample code"];
const USAGE_GUIDE: [&str; 4] = ["usage_guide", "user guide", "getting started", "tutorial"];
const RESEARCH: [&str; 5] = [
    "from scratch",
    "create documentation for",
    "document the",
    "comprehensive",
    "investigate",
];

impl DocFeatures {
    /// Looks for the words of each feature, lower-cased: in deliverables and description, for
    /// research in the description alone.
    pub(super) fn of(phase: &Phase) -> Self {
        let description = phase.description.to_lowercase();
        let mut all = String::new();
        for text in phase.deliverables.as_slice() {
            all.push_str(&text.to_lowercase());
            all.push(' ');
        }
        all.push_str(&description);
        let has = |words: &[&str], text: &str| words.iter().any(|word| text.contains(word));
        Self {
            api_reference: has(&API_REFERENCE, &all),
            examples: has(&EXAMPLES, &all),
            research: has(&RESEARCH, &description),
            usage_guide: has(&USAGE_GUIDE, &all),
        }
    }

    /// Whether these features make a documentation phase a synthesis.
    pub(super) const fn ask_for_synthesis(self) -> bool {
        self.api_reference || self.examples && (self.research || self.usage_guide)
    }
}
