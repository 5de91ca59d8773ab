//! Prompts from templates: a system and a user text for each reply format.
//!
//! The built-in templates can be replaced by files of the same name in a directory of the user's. The
//! language is Jinja (`minijinja`), with undefined names refused. What a phase or a file says goes into
//! a prompt as it is and is never read as a template; files stand in fences that they cannot close.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use autopack_core::Phase;
use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value, context};

use crate::context::{FileContext, LeftOut, ShownFile};
use crate::format::ReplyFormat;

/// The largest template that is read, in bytes: a template is a page or two.
pub const MAX_TEMPLATE_BYTES: u64 = 256 * 1024;

/// How the files of templates end.
const ENDING: &str = ".jinja";

/// What the names of templates begin with that only others include.
const PART: char = '_';

/// The built-in templates by name.
const BUILT_IN: [(&str, &str); 7] = [
    ("_phase.jinja", include_str!("../templates/_phase.jinja")),
    (
        "operations.system.jinja",
        include_str!("../templates/operations.system.jinja"),
    ),
    (
        "operations.user.jinja",
        include_str!("../templates/operations.user.jinja"),
    ),
    (
        "unified_diff.system.jinja",
        include_str!("../templates/unified_diff.system.jinja"),
    ),
    (
        "unified_diff.user.jinja",
        include_str!("../templates/unified_diff.user.jinja"),
    ),
    (
        "whole_files.system.jinja",
        include_str!("../templates/whole_files.system.jinja"),
    ),
    (
        "whole_files.user.jinja",
        include_str!("../templates/whole_files.user.jinja"),
    ),
];

/// The templates of a run.
#[derive(Debug)]
pub struct Templates {
    environment: Environment<'static>,
}

/// What is sent to a model.
#[derive(Clone, PartialEq, Eq)]
pub struct Prompt {
    /// The standing instructions.
    pub system: String,
    /// The question.
    pub user: String,
}

impl fmt::Debug for Prompt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { system, user } = self;
        write!(f, "Prompt({} + {} bytes)", system.len(), user.len())
    }
}

/// A template that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TemplateError {
    /// A file or the directory cannot be read.
    #[error("template `{}` cannot be read ({source}): see to its permissions", path.display())]
    Unreadable {
        /// The file or the directory.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file is too large.
    #[error("template `{}` is too large: allowed are {MAX_TEMPLATE_BYTES} bytes", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// A file whose name no template has.
    #[error(
        "template `{name}` is never used: allowed are {}, and parts of them whose name begins with \
         `{PART}`",
        known()
    )]
    Unknown {
        /// Its name.
        name: String,
    },
    /// The template cannot be read or filled in. The engine's own message is not repeated, for it may
    /// quote what was filled in.
    #[error("template `{name}`, line {line}: {kind}: correct it there")]
    Wrong {
        /// Its name.
        name: String,
        /// The line, from 1; 0 where it is about no line.
        line: usize,
        /// What is wrong.
        kind: String,
    },
}

fn known() -> String {
    let names: Vec<String> = BUILT_IN
        .iter()
        .map(|(name, _)| format!("`{name}`"))
        .collect();
    names.join(", ")
}

impl Templates {
    /// The built-in templates.
    ///
    /// # Panics
    /// Never: tests see that they are well formed.
    #[must_use]
    pub fn built_in() -> Self {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_auto_escape_callback(|_| AutoEscape::None);
        // A line with a tag alone leaves no line behind; every other line keeps its end.
        let mut syntax = SyntaxConfig::builder();
        syntax
            .trim_blocks(true)
            .lstrip_blocks(true)
            .keep_trailing_newline(true);
        environment.set_syntax(syntax.build().expect("the usual delimiters"));
        for (name, source) in BUILT_IN {
            environment
                .add_template(name, source)
                .expect("a built-in template is well formed");
        }
        Self { environment }
    }

    /// The built-in templates, but those that `directory` has too: every file in it that ends in
    /// `.jinja` takes the place of the one of its name.
    ///
    /// # Errors
    /// [`TemplateError`] where a file cannot be read, is no template, or would never be used.
    pub fn open(directory: &Path) -> Result<Self, TemplateError> {
        let unreadable = |source| TemplateError::Unreadable {
            path: directory.to_owned(),
            source,
        };
        let mut templates = Self::built_in();
        for entry in fs::read_dir(directory).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if !name.ends_with(ENDING) {
                continue;
            }
            let is_known = BUILT_IN.iter().any(|(known, _)| *known == name);
            if !is_known && !name.starts_with(PART) {
                return Err(TemplateError::Unknown {
                    name: name.into_owned(),
                });
            }
            let source = read(&path)?;
            templates
                .environment
                .add_template_owned(name.clone().into_owned(), source)
                .map_err(|error| wrong(&error, &name))?;
        }
        Ok(templates)
    }

    /// The prompt for `phase`, whose reply is to come in `format`.
    ///
    /// # Errors
    /// [`TemplateError::Wrong`] where a template of the user's cannot be filled in.
    pub fn render(
        &self,
        format: ReplyFormat,
        phase: &Phase,
        files: &FileContext,
    ) -> Result<Prompt, TemplateError> {
        let names = context! {
            phase_id => phase.phase_id.as_str(),
            description => phase.description.as_str(),
            category => phase.category_or_inferred().to_string(),
            complexity => phase.complexity.to_string(),
            deliverables => phase.deliverables.as_slice().to_vec(),
            scope_paths => phase.scope_paths.clone(),
            files => files.files().iter().map(shown).collect::<Vec<_>>(),
            left_out => files.left_out().iter().map(left_out).collect::<Vec<_>>(),
        };
        let fill = |role: &str| {
            let name = format!("{}.{role}{ENDING}", format.as_str());
            let template = self.environment.get_template(&name);
            let text = template.and_then(|template| template.render(&names));
            text.map_err(|error| wrong(&error, &name))
        };
        Ok(Prompt {
            system: fill("system")?,
            user: fill("user")?,
        })
    }
}

fn shown(file: &ShownFile) -> Value {
    context! {
        path => file.path.as_str(),
        block => file.block(),
        ends_in_a_line => file.ends_in_a_line(),
    }
}

fn left_out(file: &LeftOut) -> Value {
    context! { path => file.path.as_str(), reason => file.reason.as_str() }
}

fn read(path: &Path) -> Result<String, TemplateError> {
    let unreadable = |source| TemplateError::Unreadable {
        path: path.to_owned(),
        source,
    };
    let facts = fs::metadata(path).map_err(unreadable)?;
    if facts.len() > MAX_TEMPLATE_BYTES {
        return Err(TemplateError::TooLarge {
            path: path.to_owned(),
        });
    }
    fs::read_to_string(path).map_err(unreadable)
}

/// What is wrong with a template, or with one that it includes.
fn wrong(error: &minijinja::Error, name: &str) -> TemplateError {
    let mut inner = error;
    while let Some(source) = std::error::Error::source(inner)
        .and_then(|source| source.downcast_ref::<minijinja::Error>())
    {
        inner = source;
    }
    TemplateError::Wrong {
        name: inner.name().unwrap_or(name).to_owned(),
        line: inner.line().unwrap_or_default(),
        kind: inner.kind().to_string(),
    }
}

#[cfg(test)]
mod tests;
