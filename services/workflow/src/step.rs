//! What a step is, and whether what a person filled in is good.
use std::time::Duration;

use runtime::tools::Tool;
use serde::Deserialize;
use serde_json::{Map, Value as Json};

/// What a person filled in, by field name.
pub(crate) type Values = Map<String, Json>;
/// Names of fields and what is wrong with each, as the end of a sentence.
pub(crate) type Violations = Vec<(String, String)>;

const LONGEST_TEXT: usize = 10_000;
const LONGEST_AREA: usize = 100_000;
const LONGEST_URL: usize = 2_000;

/// One step of a workflow: fields to fill in, a method to call, or both.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) about: String,
    pub(crate) fields: Vec<Field>,
    pub(crate) call: Option<Call>,
}

/// Something a person fills in.
#[derive(Clone, Debug, Default)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) label: String,
    pub(crate) kind: Kind,
    pub(crate) required: bool,
    pub(crate) default: String,
    pub(crate) choices: Vec<String>,
    pub(crate) help: String,
}

/// What kind of input a field takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    #[default]
    Text,
    Area,
    Number,
    Url,
    Choice,
}

/// A method a step calls.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) tool: Tool,
    /// The request; its texts are templates.
    pub(crate) request: Json,
    /// Template of what to show of the result.
    pub(crate) summary: Option<String>,
    pub(crate) timeout: Duration,
}

impl Call {
    /// Returns the method's full name, such as `botiferrous.chat.v1.ChatService/Converse`.
    pub(crate) fn method(&self) -> String {
        let method = &self.tool.method;
        format!("{}/{}", method.parent_service().full_name(), method.name())
    }
}

impl Step {
    /// Returns the values as they are kept: one for every field, so that templates find each, with white space around
    /// lines dropped and numbers as numbers.
    pub(crate) fn accept(&self, given: &Values) -> Result<Values, Violations> {
        let mut values = Values::new();
        let mut wrong = Violations::new();
        for field in &self.fields {
            match field.accept(given.get(&field.name)) {
                Ok(value) => drop(values.insert(field.name.clone(), value)),
                Err(reason) => wrong.push((field.name.clone(), reason)),
            }
        }
        let unknown = given.keys().filter(|name| self.field(name).is_none());
        wrong.extend(unknown.map(|name| {
            let name = name.chars().take(100).collect();
            (name, "is no field of this step".to_owned())
        }));
        if wrong.is_empty() {
            Ok(values)
        } else {
            Err(wrong)
        }
    }

    /// Finds a field by name.
    pub(crate) fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

impl Field {
    /// Returns a value as it is kept. What is left out counts as empty; an empty number is kept as null.
    pub(crate) fn accept(&self, given: Option<&Json>) -> Result<Json, String> {
        let text = match given {
            None | Some(Json::Null) => "",
            Some(Json::String(text)) => text,
            Some(Json::Number(number)) if self.kind == Kind::Number => {
                return self::number(number.as_f64());
            }
            Some(_) if self.kind == Kind::Number => return Err("must be a number".to_owned()),
            Some(_) => return Err("must be text".to_owned()),
        };
        if text.trim().is_empty() {
            return match (self.required, self.kind) {
                (true, _) => Err("must not be blank".to_owned()),
                (false, Kind::Number) => Ok(Json::Null),
                (false, _) => Ok("".into()),
            };
        }
        self.accept_text(text)
    }

    fn accept_text(&self, text: &str) -> Result<Json, String> {
        let line = text.trim();
        match self.kind {
            Kind::Text => within(LONGEST_TEXT, line),
            Kind::Area => within(LONGEST_AREA, text),
            Kind::Number => number(line.parse().ok()),
            Kind::Url if is_web_address(line) => within(LONGEST_URL, line),
            Kind::Url => {
                Err("must be a web address that begins with https:// or http://".to_owned())
            }
            Kind::Choice if self.choices.iter().any(|choice| choice == line) => Ok(line.into()),
            Kind::Choice => Err(format!("must be one of: {}", self.choices.join(", "))),
        }
    }
}

fn within(longest: usize, text: &str) -> Result<Json, String> {
    if text.chars().count() > longest {
        return Err(format!("must be at most {longest} characters long"));
    }
    Ok(text.into())
}

/// Keeps whole numbers whole: methods that take an integer refuse `3.0`.
fn number(given: Option<f64>) -> Result<Json, String> {
    const EXACT: f64 = 9_007_199_254_740_992.0; // 2^53
    match given {
        Some(n) if n.is_finite() && n.fract() == 0.0 && n.abs() <= EXACT => Ok((n as i64).into()),
        Some(n) if n.is_finite() => Ok(n.into()),
        _ => Err("must be a number, such as 3 or 2.5".to_owned()),
    }
}

fn is_web_address(text: &str) -> bool {
    url::Url::parse(text)
        .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn field(kind: Kind) -> Field {
        Field {
            name: "x".to_owned(),
            kind,
            choices: vec!["red".to_owned(), "blue".to_owned()],
            ..Field::default()
        }
    }

    fn accepted(kind: Kind, value: &Json) -> Result<Json, String> {
        field(kind).accept(Some(value))
    }

    #[test]
    fn good_values_are_kept_in_one_form() {
        let same = |kind, value: Json, kept| assert_eq!(accepted(kind, &value), Ok(kept));
        same(Kind::Text, json!("  Ann "), json!("Ann"));
        same(Kind::Area, json!(" a\nb\n"), json!(" a\nb\n"));
        same(Kind::Number, json!("3"), json!(3));
        same(Kind::Number, json!(3.0), json!(3));
        same(Kind::Number, json!(2.5), json!(2.5));
        same(Kind::Number, json!(""), Json::Null);
        same(
            Kind::Url,
            json!("https://example.com/a"),
            json!("https://example.com/a"),
        );
        same(Kind::Choice, json!("red"), json!("red"));
        same(Kind::Text, Json::Null, json!(""));
    }

    #[test]
    fn bad_values_are_refused() {
        for (kind, value) in [
            (Kind::Text, json!(7)),
            (Kind::Text, json!("x".repeat(10_001))),
            (Kind::Area, json!("x".repeat(100_001))),
            (Kind::Number, json!("three")),
            (Kind::Number, json!("NaN")),
            (Kind::Number, json!(true)),
            (Kind::Url, json!("ftp://example.com")),
            (Kind::Url, json!("javascript:alert(1)")),
            (Kind::Url, json!("example.com")),
            (Kind::Choice, json!("green")),
            (Kind::Choice, json!(["red"])),
        ] {
            assert!(accepted(kind, &value).is_err(), "{kind:?} {value}");
        }
    }

    #[test]
    fn a_step_names_every_field_that_is_wrong() {
        let step = Step {
            id: "step_01".to_owned(),
            title: String::new(),
            about: String::new(),
            fields: vec![Field {
                required: true,
                ..field(Kind::Text)
            }],
            call: None,
        };
        let given = json!({"x": " ", "y": 1});
        let wrong = step.accept(given.as_object().expect("object"));
        let wrong = wrong.expect_err("wrong");
        assert_eq!(wrong[0], ("x".to_owned(), "must not be blank".to_owned()));
        assert_eq!(wrong[1].0, "y");
    }
}
