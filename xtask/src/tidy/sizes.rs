//! How long files and functions are.
//!
//! A file's own lines end where its inline `#[cfg(test)] mod tests` begins; a function runs from
//! its signature to its closing brace. Code that only tests is not measured: long tests are
//! often the plain ones.

use std::collections::BTreeMap;

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Attribute, Block, Item, ItemMod, Signature};

use super::tree::Tree;

/// Lines by name. A file's name is its path, a function's its path and its place in the file.
#[derive(Debug, Default)]
pub(super) struct Sizes {
    pub(super) files: BTreeMap<String, usize>,
    pub(super) functions: BTreeMap<String, usize>,
    /// Findings about files that could not be measured.
    pub(super) unreadable: Vec<String>,
}

impl Sizes {
    pub(super) fn measure(tree: &Tree) -> Self {
        let mut sizes = Self::default();
        for (path, text) in tree.rust_files().filter(|(path, _)| !is_for_tests(path)) {
            match syn::parse_file(text) {
                Ok(file) => sizes.add(path, text, &file),
                Err(error) => sizes
                    .unreadable
                    .push(format!("`{path}` does not parse: {error}")),
            }
        }
        sizes
    }

    fn add(&mut self, path: &str, text: &str, file: &syn::File) {
        self.files.insert(path.to_owned(), own_lines(text, file));
        let mut functions = Functions::default();
        functions.visit_file(file);
        for (name, lines) in functions.found {
            // Two functions of one name, as for two platforms, count as the longer one.
            let known = self.functions.entry(format!("{path}::{name}")).or_default();
            *known = lines.max(*known);
        }
    }
}

fn is_for_tests(path: &str) -> bool {
    path.split('/')
        .any(|part| matches!(part, "tests" | "benches" | "tests.rs"))
}

fn own_lines(text: &str, file: &syn::File) -> usize {
    let tests = file.items.iter().find(|item| is_inline_tests(item));
    tests.map_or_else(
        || text.lines().count(),
        |tests| tests.span().start().line - 1,
    )
}

fn is_inline_tests(item: &Item) -> bool {
    matches!(item, Item::Mod(module)
        if module.ident == "tests" && module.content.is_some() && is_test_only(&module.attrs))
}

fn is_test_only(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute
                .parse_args::<syn::Ident>()
                .is_ok_and(|condition| condition == "test")
    })
}

/// Collects every function below a node, under the names of what it stands in.
#[derive(Default)]
struct Functions {
    place: Vec<String>,
    found: Vec<(String, usize)>,
}

impl Functions {
    fn inside(&mut self, name: String, visit: impl FnOnce(&mut Self)) {
        self.place.push(name);
        visit(self);
        self.place.pop();
    }

    fn function(&mut self, signature: &Signature, body: &Block, visit: impl FnOnce(&mut Self)) {
        let first = signature.span().start().line;
        let last = body.brace_token.span.close().end().line;
        self.inside(signature.ident.to_string(), |this| {
            this.found.push((this.place.join("::"), last - first + 1));
            visit(this);
        });
    }
}

impl<'ast> Visit<'ast> for Functions {
    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        if !is_test_only(&module.attrs) {
            let name = module.ident.to_string();
            self.inside(name, |this| visit::visit_item_mod(this, module));
        }
    }

    fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
        self.inside(item.ident.to_string(), |this| {
            visit::visit_item_trait(this, item);
        });
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        let of = source(item.self_ty.span());
        let name = match &item.trait_ {
            Some((path, _)) => format!("<{of} as {}>", source(path.span())),
            None => of,
        };
        self.inside(name, |this| visit::visit_item_impl(this, item));
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.function(&item.sig, &item.block, |this| {
            visit::visit_item_fn(this, item);
        });
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.function(&item.sig, &item.block, |this| {
            visit::visit_impl_item_fn(this, item);
        });
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        if let Some(body) = &item.default {
            self.function(&item.sig, body, |this| {
                visit::visit_trait_item_fn(this, item);
            });
        }
    }
}

/// The text under a span, on one line.
fn source(span: Span) -> String {
    let text = span.source_text().unwrap_or_default();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measure(path: &str, text: &str) -> Sizes {
        Sizes::measure(&Tree::of(&[(path, text)]))
    }

    fn functions(text: &str) -> Vec<(String, usize)> {
        measure("a.rs", text).functions.into_iter().collect()
    }

    fn check(text: &str, expected: &[(&str, usize)]) {
        let found = functions(text);
        let found: Vec<(&str, usize)> = found
            .iter()
            .map(|(name, lines)| (name.as_str(), *lines))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn own_lines_end_at_the_inline_tests() {
        let own = "//! A.\n\nfn a() {}\n\n";
        let tests = "#[cfg(test)]\n#[expect(unused)]\nmod tests {\n    fn b() {}\n}\n";
        assert_eq!(measure("a.rs", &format!("{own}{tests}")).files["a.rs"], 4);
        assert_eq!(measure("a.rs", own).files["a.rs"], 4);
    }

    #[test]
    fn tests_in_a_file_of_their_own_end_nothing() {
        assert_eq!(
            measure("a.rs", "#[cfg(test)]\nmod tests;\nfn a() {}\n").files["a.rs"],
            3
        );
        assert_eq!(
            measure("a.rs", "mod tests {}\nfn a() {}\n").files["a.rs"],
            2
        );
    }

    #[test]
    fn test_files_are_not_measured() {
        for path in [
            "crates/a/tests/it.rs",
            "bench/benches/b.rs",
            "crates/a/src/b/tests.rs",
        ] {
            let sizes = measure(path, "fn a() {}");
            assert!(
                sizes.files.is_empty() && sizes.functions.is_empty(),
                "{path}"
            );
        }
        assert_eq!(measure("bench/src/tests_of_speed.rs", "").files.len(), 1);
    }

    #[test]
    fn a_function_runs_from_its_signature_to_its_brace() {
        let text = "/// Says.\n/// More.\n#[inline]\npub fn a(\n    b: u8,\n) {\n    b;\n}\n";
        check(text, &[("a.rs::a", 5)]);
    }

    #[test]
    fn functions_are_named_after_their_place() {
        let text = "
            mod m { fn a() { fn b() {} } }
            impl<T> Of<T> { fn c() {} }
            impl From<u8> for X { fn from() {} }
            impl From<u16> for X { fn from() {
            } }
            trait Y { fn d(); fn e() {} }
        ";
        let names = [
            ("a.rs::<X as From<u16>>::from", 2),
            ("a.rs::<X as From<u8>>::from", 1),
            ("a.rs::Of<T>::c", 1),
            ("a.rs::Y::e", 1),
            ("a.rs::m::a", 1),
            ("a.rs::m::a::b", 1),
        ];
        check(text, &names);
    }

    #[test]
    fn functions_of_one_name_count_as_the_longer() {
        let text = "#[cfg(unix)]\nfn a() {\n\n}\n#[cfg(windows)]\nfn a() {}\n";
        check(text, &[("a.rs::a", 3)]);
    }

    #[test]
    fn functions_that_only_test_are_left_out() {
        check(
            "fn a() {}\n#[cfg(test)]\nmod tests { fn b() {} }\n",
            &[("a.rs::a", 1)],
        );
    }

    #[test]
    fn a_file_that_does_not_parse_is_a_finding() {
        let sizes = measure("a.rs", "fn {");
        assert_eq!(sizes.unreadable.len(), 1);
        assert!(sizes.unreadable[0].starts_with("`a.rs` does not parse: "));
    }
}
