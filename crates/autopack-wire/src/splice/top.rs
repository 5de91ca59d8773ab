//! The ceiling among the members of the body itself: Anthropic and OpenAI.

use autopack_core::CeilingParameter;

use super::{Edits, MAX_CEILINGS, Put};
use crate::dialect::Dialect;
use crate::error::RequestError;
use crate::json::{Fault, Member, Scanner, Whole};

/// One ceiling in a body.
#[derive(Clone, Copy, Debug)]
struct Site {
    parameter: CeilingParameter,
    /// How many members stand before it.
    index: usize,
    /// Where its name begins.
    name: usize,
    /// Where the comma before it stands.
    comma: Option<usize>,
    /// Its value.
    value: (usize, usize),
    is_null: bool,
    /// Where the name of the next member begins.
    next: Option<usize>,
}

/// All ceilings in a body, in order.
struct Sites {
    list: [Option<Site>; MAX_CEILINGS],
    n: usize,
}

pub(super) fn find(
    dialect: Dialect,
    body: &[u8],
    parameter: CeilingParameter,
) -> Result<Edits, RequestError> {
    let mut sites = Sites {
        list: [None; MAX_CEILINGS],
        n: 0,
    };
    let (mut open, mut n_members) = (0, 0);
    Scanner::document(body, |scanner| {
        open = scanner.place();
        scanner.required_members(|scanner, member| {
            sites.ends_before(member.start);
            match named(dialect, member.name) {
                Some(parameter) => sites.push(Site::read(scanner, &member, parameter, n_members)?),
                None => _ = scanner.skip()?,
            }
            n_members += 1;
            Ok(())
        })
    })?;
    if sites.n > MAX_CEILINGS {
        return Err(RequestError::TooManyCeilings {
            limit: MAX_CEILINGS,
        });
    }
    let mut edits = Edits::default();
    let wanted = dialect.own_ceiling(parameter);
    if let Some(kept) = sites.kept(wanted) {
        sites.edit(kept, &mut edits);
    } else {
        let after = if n_members == 0 { "" } else { "," };
        edits.push(open + 1, open + 1, Put::Ceiling(inserted(wanted), after));
    }
    Ok(edits)
}

/// What the ceiling `name` is in a body of `dialect`.
fn named(dialect: Dialect, name: &[u8]) -> Option<CeilingParameter> {
    match (dialect, name) {
        (Dialect::AnthropicMessages | Dialect::OpenAiChat, b"max_tokens") => {
            Some(CeilingParameter::MaxTokens)
        }
        (Dialect::OpenAiChat, b"max_completion_tokens") => {
            Some(CeilingParameter::MaxCompletionTokens)
        }
        (Dialect::OpenAiResponses, b"max_output_tokens") => {
            Some(CeilingParameter::ResponsesMaxOutputTokens)
        }
        _ => None,
    }
}

const fn inserted(parameter: CeilingParameter) -> &'static str {
    match parameter {
        CeilingParameter::MaxTokens => "\"max_tokens\":",
        CeilingParameter::MaxCompletionTokens => "\"max_completion_tokens\":",
        CeilingParameter::ResponsesMaxOutputTokens | CeilingParameter::MaxOutputTokens => {
            "\"max_output_tokens\":"
        }
    }
}

impl Site {
    fn read(
        scanner: &mut Scanner<'_>,
        member: &Member<'_, '_>,
        parameter: CeilingParameter,
        index: usize,
    ) -> Result<Self, Fault> {
        let place = scanner.skip()?;
        let value = (place.start, place.end);
        Ok(Self {
            parameter,
            index,
            name: member.start,
            comma: member.comma,
            value,
            is_null: Whole::read(scanner.slice(place)) == Whole::Null,
            next: None,
        })
    }
}

impl Sites {
    fn push(&mut self, site: Site) {
        if let Some(place) = self.list.get_mut(self.n) {
            *place = Some(site);
        }
        self.n += 1;
    }

    /// Tells the last ceiling, if it is the last member too, where the next one begins.
    fn ends_before(&mut self, next: usize) {
        let last = self.list.iter_mut().rev().find_map(Option::as_mut);
        if let Some(last) = last {
            last.next.get_or_insert(next);
        }
    }

    fn iter(&self) -> impl Iterator<Item = Site> {
        self.list.into_iter().flatten()
    }

    /// Whether a ceiling is there under this name and says something.
    fn says(&self, parameter: CeilingParameter) -> bool {
        self.iter()
            .any(|site| site.parameter == parameter && !site.is_null)
    }

    /// The name the ceiling keeps: one that says something, and of two the `wanted` one. `None` where
    /// there is no ceiling at all.
    fn kept(&self, wanted: CeilingParameter) -> Option<CeilingParameter> {
        if self.says(wanted) {
            return Some(wanted);
        }
        let says_something = self.iter().find(|site| !site.is_null);
        let stands_as_wanted = || self.iter().find(|site| site.parameter == wanted);
        says_something
            .or_else(stands_as_wanted)
            .or_else(|| self.iter().next())
            .map(|site| site.parameter)
    }

    /// Replaces every ceiling named `kept` and takes out those of another name that say something:
    /// OpenAI refuses two names at once.
    fn edit(&self, kept: CeilingParameter, edits: &mut Edits) {
        let mut n_removed = 0;
        for site in self.iter() {
            if site.parameter == kept {
                edits.push(site.value.0, site.value.1, Put::Ceiling("", ""));
            } else if self.says(site.parameter) {
                // With the comma before it, or where nothing stays before it with the one behind.
                let (start, end) = match (site.comma, site.next) {
                    (Some(comma), _) if site.index > n_removed => (comma, site.value.1),
                    (_, next) => (site.name, next.unwrap_or(site.value.1)),
                };
                edits.push(start, end, Put::Nothing);
                n_removed += 1;
            }
        }
    }
}
