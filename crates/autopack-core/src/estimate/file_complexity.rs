//! How hard an existing file is to change, read off its text.

use memchr::{memchr_iter, memmem};

use crate::policy::FileComplexityNumbers;

/// The factor on the cost of modifying a file with this text: the product of its size, its imports
/// and its deepest indent, held to the policy's bounds.
pub(super) fn factor(text: &str, numbers: &FileComplexityNumbers) -> f64 {
    let import = memmem::Finder::new("import ");
    let mut n_lines = 0;
    let mut n_imports = 0;
    let mut deepest = 0;
    for line in lines(text) {
        let body = line.trim_start();
        if body.is_empty() || body.starts_with('#') {
            continue;
        }
        n_lines += 1;
        n_imports += usize::from(import.find(line.as_bytes()).is_some());
        deepest = deepest.max(indent(line, body));
    }
    let product =
        numbers.lines.at(n_lines) * numbers.imports.at(n_imports) * numbers.indent.at(deepest);
    // Not `clamp`: it panics where a policy has its bounds the wrong way round.
    product.max(numbers.smallest).min(numbers.largest)
}

/// Characters of white space before the body of a line.
fn indent(line: &str, body: &str) -> usize {
    line[..line.len() - body.len()].chars().count()
}

/// The lines of a text, without their line feeds. (`str::lines` says the same, several times slower.)
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let ends = memchr_iter(b'\n', text.as_bytes()).chain(std::iter::once(text.len()));
    let mut start = 0;
    ends.map(move |end| {
        let line = &text[start..end];
        start = end + 1;
        line
    })
}
