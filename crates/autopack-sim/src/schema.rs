//! Makes a value that a JSON schema allows: the smallest, always the same.
//!
//! Of what a schema can say, this follows what structured output takes
//! (platform.openai.com/docs/guides/structured-outputs, "Supported schemas"; ai.google.dev/api/caching,
//! "Schema", with its types in capitals). Patterns and `not` are passed over.

use serde_json::{Map, Number, Value, json};

/// How large an instance becomes, in bytes, roughly: beyond it all is null, so that a schema of a few
/// bytes asks for no gigabytes. What a real one of a few hundred fields takes, several times over.
const MAX_BYTES: usize = 64 * 1024;

/// How deep a schema is followed, references included; what lies deeper is null.
const MAX_DEPTH: usize = 64;

/// The longest string that `minLength` is obeyed for, in characters: far beyond any name or date,
/// which are what has a length.
const MAX_STRING_CHARS: u64 = 4096;

/// The smallest value that `schema` allows, as JSON.
pub(crate) fn instance(schema: &str) -> Value {
    // The body that the schema stands in has been read, so it is JSON.
    let root = serde_json::from_str(schema).unwrap_or(Value::Null);
    let mut maker = Maker {
        root: &root,
        bytes_left: MAX_BYTES,
    };
    maker.value(&root, 0)
}

/// The smallest object that `schema` allows, as JSON text: what a tool takes as arguments.
pub(crate) fn arguments(schema: Option<&str>) -> String {
    match schema.map(instance) {
        Some(Value::Object(arguments)) => Value::Object(arguments).to_string(),
        _ => "{}".to_owned(),
    }
}

struct Maker<'a> {
    root: &'a Value,
    bytes_left: usize,
}

impl<'a> Maker<'a> {
    fn value(&mut self, schema: &'a Value, depth: usize) -> Value {
        let Some(fields) = schema.as_object() else {
            return Value::Null;
        };
        if depth > MAX_DEPTH || self.bytes_left == 0 {
            return Value::Null;
        }
        self.spend(1);
        let first = |values: &'a Value| values.get(0);
        let constant = fields.get("const");
        if let Some(value) = constant.or_else(|| fields.get("enum").and_then(first)) {
            self.spend(value.to_string().len());
            return value.clone();
        }
        if let Some(target) = fields.get("$ref").and_then(|path| self.target(path)) {
            return self.value(target, depth + 1);
        }
        let any = fields.get("anyOf").or_else(|| fields.get("oneOf"));
        if let Some(alternative) = any.and_then(Value::as_array).and_then(|any| smallest(any)) {
            return self.value(alternative, depth + 1);
        }
        if let Some(all) = fields.get("allOf").and_then(Value::as_array) {
            return self.merged(all, depth);
        }
        match kind(fields).as_str() {
            "object" => self.object(fields, depth),
            "array" => self.array(fields, depth),
            "string" => {
                let string = string(fields);
                self.spend(string.len());
                Value::String(string)
            }
            "integer" => number(fields, true),
            "number" => number(fields, false),
            "boolean" => Value::Bool(false),
            _ => Value::Null,
        }
    }

    /// Where a reference inside the schema leads. Others lead nowhere.
    fn target(&self, path: &Value) -> Option<&'a Value> {
        self.root.pointer(path.as_str()?.strip_prefix('#')?)
    }

    fn spend(&mut self, n_bytes: usize) {
        self.bytes_left = self.bytes_left.saturating_sub(n_bytes);
    }

    /// The properties that have to be there.
    fn object(&mut self, fields: &'a Map<String, Value>, depth: usize) -> Value {
        let required = fields.get("required").and_then(Value::as_array);
        let names = required.into_iter().flatten().filter_map(Value::as_str);
        let schema_of = |name| fields.get("properties")?.get(name);
        let properties = names.map(|name| {
            let schema = schema_of(name).unwrap_or(&Value::Null);
            self.spend(name.len());
            (name.to_owned(), self.value(schema, depth + 1))
        });
        Value::Object(properties.collect())
    }

    fn array(&mut self, fields: &'a Map<String, Value>, depth: usize) -> Value {
        let n_items = count(fields, "minItems").unwrap_or(0);
        let schema = fields.get("items").unwrap_or(&Value::Null);
        let mut items = Vec::new();
        while (items.len() as u64) < n_items && self.bytes_left > 0 {
            // An item of no schema is a null that costs nothing by itself.
            self.spend(1);
            items.push(self.value(schema, depth + 1));
        }
        Value::Array(items)
    }

    /// What all of several schemas say: objects have the properties of each, else the first counts.
    fn merged(&mut self, all: &'a [Value], depth: usize) -> Value {
        let mut values = all.iter().map(|schema| self.value(schema, depth + 1));
        let mut merged = values.next().unwrap_or(Value::Null);
        for value in values {
            if let (Value::Object(merged), Value::Object(value)) = (&mut merged, value) {
                merged.extend(value);
            }
        }
        merged
    }
}

/// The alternative that says least: null where it is allowed, else the first.
fn smallest(alternatives: &[Value]) -> Option<&Value> {
    let is_null = |schema: &&Value| {
        schema
            .as_object()
            .is_some_and(|fields| kind(fields) == "null")
    };
    alternatives
        .iter()
        .find(is_null)
        .or_else(|| alternatives.first())
}

/// The type: as it is said, null where it is one of several, or what the other keys speak of.
fn kind(fields: &Map<String, Value>) -> String {
    if fields.get("nullable") == Some(&Value::Bool(true)) {
        return "null".to_owned();
    }
    match fields.get("type") {
        Some(Value::String(kind)) => kind.to_lowercase(),
        Some(Value::Array(kinds)) if kinds.contains(&json!("null")) => "null".to_owned(),
        Some(Value::Array(kinds)) => {
            let first = kinds.first().and_then(Value::as_str);
            first.unwrap_or_default().to_lowercase()
        }
        _ if fields.contains_key("properties") => "object".to_owned(),
        _ if fields.contains_key("items") => "array".to_owned(),
        _ => "null".to_owned(),
    }
}

fn string(fields: &Map<String, Value>) -> String {
    let made = match fields.get("format").and_then(Value::as_str) {
        Some("date-time") => "2026-01-01T00:00:00Z",
        Some("date") => "2026-01-01",
        Some("time") => "00:00:00Z",
        Some("duration") => "PT0S",
        Some("uuid") => "00000000-0000-4000-8000-000000000000",
        Some("email") => "a@example.com",
        Some("hostname") => "example.com",
        Some("uri") => "https://example.com",
        Some("ipv4") => "127.0.0.1",
        Some("ipv6") => "::1",
        _ => "",
    };
    let n_chars = count(fields, "minLength").unwrap_or(0);
    let n_missing = n_chars
        .min(MAX_STRING_CHARS)
        .saturating_sub(made.len() as u64);
    let filling = "a".repeat(usize::try_from(n_missing).unwrap_or_default());
    format!("{made}{filling}")
}

/// A count of a schema. Gemini writes it as a string.
fn count(fields: &Map<String, Value>, name: &str) -> Option<u64> {
    let value = fields.get(name)?;
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

/// Zero, or what the bounds put in its place.
fn number(fields: &Map<String, Value>, is_whole: bool) -> Value {
    let bound = |name| fields.get(name).and_then(Value::as_f64);
    let above = bound("exclusiveMinimum").map(|bound| (bound + 1.0).floor());
    let below = bound("exclusiveMaximum").map(|bound| (bound - 1.0).ceil());
    let round = |bound: f64, up: bool| match (is_whole, up) {
        (false, _) => bound,
        (true, true) => bound.ceil(),
        (true, false) => bound.floor(),
    };
    let least = bound("minimum").map(|bound| round(bound, true)).or(above);
    let most = bound("maximum").map(|bound| round(bound, false)).or(below);
    let value = match (least, most) {
        (Some(least), _) if least > 0.0 => least,
        (_, Some(most)) if most < 0.0 => most,
        _ => 0.0,
    };
    #[expect(
        clippy::cast_possible_truncation,
        reason = "whole by now; `as` saturates, and no schema means 2^63"
    )]
    if value.fract() == 0.0 {
        return Value::from(value as i64);
    }
    Number::from_f64(value).map_or(Value::Null, Value::Number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn made(schema: &Value) -> Value {
        instance(&schema.to_string())
    }

    #[test]
    fn each_type_has_its_smallest_value() {
        for (schema, expected) in [
            (json!({"type": "string"}), json!("")),
            (json!({"type": "STRING"}), json!("")),
            (json!({"type": "integer"}), json!(0)),
            (json!({"type": "number", "minimum": 0.5}), json!(0.5)),
            (json!({"type": "integer", "minimum": 0.5}), json!(1)),
            (json!({"type": "integer", "exclusiveMinimum": 3}), json!(4)),
            (json!({"type": "integer", "maximum": -3}), json!(-3)),
            (json!({"type": "boolean"}), json!(false)),
            (json!({"type": ["string", "null"]}), json!(null)),
            (json!({"type": "string", "nullable": true}), json!(null)),
            (json!({"type": "array", "items": {}}), json!([])),
            (
                json!({"type": "ARRAY", "minItems": "2", "items": {"type": "INTEGER"}}),
                json!([0, 0]),
            ),
            (json!({"type": "string", "minLength": 3}), json!("aaa")),
            (
                json!({"type": "string", "format": "date"}),
                json!("2026-01-01"),
            ),
            (json!({"enum": ["b", "a"]}), json!("b")),
            (json!({"const": 7}), json!(7)),
            (
                json!({"anyOf": [{"type": "string"}, {"type": "null"}]}),
                json!(null),
            ),
            (json!({"oneOf": [{"type": "string"}]}), json!("")),
            (json!(true), json!(null)),
            (json!({"type": 5}), json!(null)),
        ] {
            assert_eq!(made(&schema), expected, "{schema}");
        }
    }

    #[test]
    fn an_object_has_what_is_required() {
        let schema = json!({
            "type": "object",
            "properties": {
                "city": {"type": "string"},
                "days": {"$ref": "#/$defs/Days"},
                "unit": {"type": "string"},
            },
            "required": ["city", "days", "unknown"],
            "$defs": {"Days": {"type": "integer", "minimum": 1}},
        });
        let expected = json!({"city": "", "days": 1, "unknown": null});
        assert_eq!(made(&schema), expected);
        assert_eq!(arguments(Some(&schema.to_string())), expected.to_string());
        assert_eq!(arguments(Some("{\"type\": \"string\"}")), "{}");
        assert_eq!(arguments(None), "{}");
    }

    #[test]
    fn a_schema_that_asks_for_too_much_gets_less() {
        let endless = json!({
            "type": "object", "properties": {"next": {"$ref": "#"}}, "required": ["next"],
        });
        assert!(made(&endless).is_object());
        let circle = json!({"$ref": "#"});
        assert_eq!(made(&circle), json!(null));
        let wide = json!({
            "type": "array", "minItems": u64::MAX,
            "items": {"type": "array", "minItems": u64::MAX, "items": {"type": "integer"}},
        });
        assert!(made(&wide).to_string().len() < 100_000);
        let long = json!({"type": "string", "minLength": u64::MAX});
        assert_eq!(made(&long).as_str().unwrap().len(), 4096);
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let word = prop::sample::select(vec![
            "type",
            "object",
            "array",
            "string",
            "number",
            "anyOf",
            "allOf",
            "$ref",
            "#",
            "items",
            "properties",
            "required",
            "minItems",
            "minimum",
            "enum",
            "const",
            "x",
        ]);
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            word.clone().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 4, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
                prop::collection::vec((word.clone(), inner), 0..4).prop_map(|fields| {
                    let fields = fields.into_iter();
                    Value::Object(
                        fields
                            .map(|(name, value)| (name.to_owned(), value))
                            .collect(),
                    )
                }),
            ]
        })
    }

    proptest! {
        #[test]
        fn any_schema_gives_some_value_and_the_same_again(schema in any_json()) {
            prop_assert_eq!(made(&schema), made(&schema));
        }
    }
}
