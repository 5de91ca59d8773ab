//! Sizing rules of the builder on the Anthropic profile: floors for heavy work, and which changes
//! count as a large refactor though nobody said so.

use memchr::memchr_iter;

use crate::phase::{Category, LARGE_REFACTOR, Phase};
use crate::policy::SizingNumbers;
use crate::tokens::Tokens;
use crate::trace::{NotSized, Reason, StepName, Trace};

/// A file of the context handed to the builder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContextFile {
    /// Its path in the workspace.
    pub path: String,
    /// How many lines it has.
    pub n_lines: usize,
}

impl ContextFile {
    /// A context file at `path` with this text. Lines are counted as an editor shows them: one more
    /// than there are line ends.
    #[must_use]
    pub fn new(path: String, text: &str) -> Self {
        Self {
            path,
            n_lines: 1 + memchr_iter(b'\n', text.as_bytes()).count(),
        }
    }
}

/// Endings of files that grow by whole blocks.
const ASSET_ENDINGS: [&str; 2] = [".yaml", ".yml"];

const LOCKFILES_AND_MANIFESTS: [&str; 3] = ["package-lock", "yarn.lock", "package.json"];

/// What the sizing rules make of a phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "four independent rules")]
pub struct Sizing {
    manifest_in_scope: bool,
    heavy_category: bool,
    small_scope: bool,
    assets_in_scope: bool,
}

impl Sizing {
    /// Applies the rules. `context` is the file context, where any was given.
    #[must_use]
    pub fn of(phase: &Phase, context: Option<&[ContextFile]>, numbers: &SizingNumbers) -> Self {
        let paths = &phase.scope_paths;
        let any_path = |is: fn(&str) -> bool| paths.iter().any(|path| is(path));
        Self {
            manifest_in_scope: any_path(|path| {
                LOCKFILES_AND_MANIFESTS
                    .iter()
                    .any(|name| path.contains(name))
            }),
            heavy_category: matches!(
                phase.category,
                Some(Category::Deployment | Category::Frontend)
            ),
            small_scope: context.is_some_and(|files| is_small(paths, files, numbers)),
            assets_in_scope: any_path(|path| {
                path.contains("/packs/") || ASSET_ENDINGS.iter().any(|end| path.ends_with(end))
            }),
        }
    }

    /// Whether the rules make the change a large refactor where the phase does not say its size.
    #[must_use]
    pub const fn is_large_refactor(self) -> bool {
        self.manifest_in_scope || self.heavy_category || self.small_scope
    }

    /// Whether a reply may add much more than it changes.
    #[must_use]
    pub const fn allows_mass_addition(self) -> bool {
        self.assets_in_scope || self.small_scope
    }

    /// The change size after the rules: the phase's own, else theirs.
    #[must_use]
    pub fn change_size(self, phase: &Phase) -> Option<&str> {
        let ruled = self.is_large_refactor().then_some(LARGE_REFACTOR);
        phase.change_size.as_deref().or(ruled)
    }

    /// Raises `ceiling` to the floors of the rules that match, tracing each.
    #[must_use]
    pub(crate) fn raise(
        self,
        phase: &Phase,
        ceiling: Tokens,
        numbers: &SizingNumbers,
        trace: &mut Trace,
    ) -> Tokens {
        let wide_backend = phase.category == Some(Category::Backend)
            && phase.scope_paths.len() >= numbers.backend_from_paths;
        let manifest = Reason::ManifestInScope {
            floor: numbers.manifest_tokens,
        };
        let heavy = Reason::HeavyCategory {
            floor: numbers.category_tokens,
        };
        let wide = Reason::WideBackend {
            floor: numbers.backend_tokens,
        };
        let rules = [
            (self.manifest_in_scope, numbers.manifest_tokens, manifest),
            (self.heavy_category, numbers.category_tokens, heavy),
            (wide_backend, numbers.backend_tokens, wide),
        ];
        let mut ceiling = ceiling;
        for (_, floor, reason) in rules.iter().filter(|(matches, ..)| *matches) {
            ceiling = ceiling.at_least(*floor);
            trace.record(StepName::SizingFloor, ceiling, *reason);
        }
        if rules.iter().all(|(matches, ..)| !matches) {
            let none = Reason::NotSized {
                why: NotSized::NoRule,
            };
            trace.record(StepName::SizingFloor, ceiling, none);
        }
        ceiling
    }
}

/// A scope of few paths whose context files are all short.
fn is_small(paths: &[String], files: &[ContextFile], numbers: &SizingNumbers) -> bool {
    let in_scope = |file: &&ContextFile| paths.iter().any(|path| file.path.starts_with(path));
    paths.len() <= numbers.small_scope_paths
        && files
            .iter()
            .filter(in_scope)
            .all(|file| file.n_lines <= numbers.small_file_lines)
}
