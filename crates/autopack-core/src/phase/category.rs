//! The kind of work a phase does, spelt one way.

use std::fmt;

/// The category of a phase. Made by [`Category::canonical`], once, at the edge.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Category {
    /// Documentation.
    Docs,
    /// Tests.
    Tests,
    /// New features and other code.
    Implementation,
    /// Code rearranged without new behaviour.
    Refactoring,
    /// Settings and build files.
    Configuration,
    /// Parts joined together.
    Integration,
    /// Server-side code.
    Backend,
    /// User interfaces.
    Frontend,
    /// Schemas and queries.
    Database,
    /// Releases and infrastructure.
    Deployment,
    /// Documentation that has to be worked out from the code first.
    DocSynthesis,
    /// A source-of-truth log brought up to date.
    DocSotUpdate,
    /// Any other category, lower-cased, as itself.
    Other(Box<str>),
}

impl Category {
    /// Reads a category in any of its spellings: trimmed, lower-cased, aliases resolved
    /// (`documentation`, `doc_write`, `doc` → docs; `testing` → tests; `implement_feature` →
    /// implementation). A blank text is no category.
    #[must_use]
    pub fn canonical(text: &str) -> Option<Self> {
        let lowered = text.trim().to_lowercase();
        Some(match lowered.as_str() {
            "" => return None,
            "docs" | "documentation" | "doc_write" | "doc" => Self::Docs,
            "tests" | "testing" => Self::Tests,
            "implementation" | "implement_feature" => Self::Implementation,
            "refactoring" => Self::Refactoring,
            "configuration" => Self::Configuration,
            "integration" => Self::Integration,
            "backend" => Self::Backend,
            "frontend" => Self::Frontend,
            "database" => Self::Database,
            "deployment" => Self::Deployment,
            "doc_synthesis" => Self::DocSynthesis,
            "doc_sot_update" => Self::DocSotUpdate,
            _ => Self::Other(lowered.into_boxed_str()),
        })
    }

    /// The canonical spelling.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Docs => "docs",
            Self::Tests => "tests",
            Self::Implementation => "implementation",
            Self::Refactoring => "refactoring",
            Self::Configuration => "configuration",
            Self::Integration => "integration",
            Self::Backend => "backend",
            Self::Frontend => "frontend",
            Self::Database => "database",
            Self::Deployment => "deployment",
            Self::DocSynthesis => "doc_synthesis",
            Self::DocSotUpdate => "doc_sot_update",
            Self::Other(text) => text,
        }
    }

    /// Whether this is the documentation family, whose low budgets are intended.
    #[must_use]
    pub fn is_docs_like(&self) -> bool {
        matches!(self, Self::Docs | Self::DocSynthesis | Self::DocSotUpdate)
    }
}

impl fmt::Display for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aliases_become_one_spelling() {
        for (given, canonical) in [
            ("documentation", "docs"),
            (" Doc_Write ", "docs"),
            ("doc", "docs"),
            ("TESTING", "tests"),
            ("implement_feature", "implementation"),
            ("doc_synthesis", "doc_synthesis"),
            ("Security", "security"),
        ] {
            let category = Category::canonical(given).expect("a category");
            assert_eq!(category.as_str(), canonical, "{given}");
            assert_eq!(
                Category::canonical(canonical),
                Some(category),
                "canonical is a fixed point"
            );
        }
        assert_eq!(Category::canonical("  "), None);
    }
}
