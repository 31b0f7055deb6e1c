//! Filling values into requests and summaries.
//!
//! Strict: a name that stands for nothing is an error, never an empty text. A text that is one expression and nothing
//! else keeps the type of its value, so numbers and lists reach a method as such.
use std::collections::BTreeSet;

use minijinja::{Environment, UndefinedBehavior};
use serde_json::{Map, Value as Json};

/// Instructions one template may take; bounds loops.
const FUEL: u64 = 100_000;
/// Characters one template may produce.
const LONGEST: usize = 1_000_000;

/// What templates see.
pub(crate) type Context = Map<String, Json>;

fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    environment
}

/// Returns the dotted names the texts in `json` use.
pub(crate) fn names(json: &Json) -> Result<BTreeSet<String>, String> {
    match json {
        Json::String(text) => names_in_text(text),
        Json::Array(items) => items.iter().map(names).try_fold(BTreeSet::new(), join),
        Json::Object(fields) => fields.values().map(names).try_fold(BTreeSet::new(), join),
        _ => Ok(BTreeSet::new()),
    }
}

fn names_in_text(text: &str) -> Result<BTreeSet<String>, String> {
    let environment = environment();
    let template = environment.template_from_str(text).map_err(sentence)?;
    let globals: BTreeSet<&str> = environment.globals().map(|(name, _)| name).collect();
    let names = template.undeclared_variables(true).into_iter();
    Ok(names
        .filter(|name| !globals.contains(name.as_str()))
        .collect())
}

fn join(
    mut all: BTreeSet<String>,
    more: Result<BTreeSet<String>, String>,
) -> Result<BTreeSet<String>, String> {
    all.extend(more?);
    Ok(all)
}

/// Fills in every text in `json`; the error says where.
pub(crate) fn fill(json: &Json, context: &Context) -> Result<Json, String> {
    Ok(match json {
        Json::String(text) => fill_text(text, context)?,
        Json::Array(items) => items
            .iter()
            .map(|item| fill(item, context))
            .collect::<Result<_, _>>()?,
        Json::Object(fields) => fields
            .iter()
            .map(|(name, value)| match fill(value, context) {
                Ok(value) => Ok((name.clone(), value)),
                Err(reason) => Err(format!("`{name}`: {reason}")),
            })
            .collect::<Result<Map<_, _>, _>>()?
            .into(),
        other => other.clone(),
    })
}

fn fill_text(text: &str, context: &Context) -> Result<Json, String> {
    let Some(expression) = only_expression(text) else {
        return render(text, context).map(Json::String);
    };
    let environment = environment();
    let value = environment
        .compile_expression(expression)
        .and_then(|expression| expression.eval(context))
        .map_err(sentence)?;
    if value.is_undefined() {
        return Err(format!("`{}` stands for nothing", expression.trim()));
    }
    serde_json::to_value(value).map_err(|e| e.to_string())
}

/// Fills in one text.
pub(crate) fn render(text: &str, context: &Context) -> Result<String, String> {
    let filled = environment().render_str(text, context).map_err(sentence)?;
    if filled.len() > LONGEST {
        return Err("is too long once filled in".to_owned());
    }
    Ok(filled)
}

fn only_expression(text: &str) -> Option<&str> {
    let inner = text.trim().strip_prefix("{{")?.strip_suffix("}}")?;
    let plain = !inner.contains("{{") && !inner.contains("}}") && !inner.starts_with('-');
    plain.then_some(inner)
}

#[expect(clippy::needless_pass_by_value, reason = "fits map_err")]
fn sentence(error: minijinja::Error) -> String {
    let detail = error.detail().unwrap_or("");
    let line = error.line().map(|n| format!(" (line {n} of the text)"));
    match detail {
        "" => format!("{}{}", error.kind(), line.unwrap_or_default()),
        detail => format!("{}: {detail}{}", error.kind(), line.unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn context() -> Context {
        let context = json!({"step_01": {"values": {"name": "Ann", "n": 3, "tags": ["a"]}}});
        context.as_object().expect("object").clone()
    }

    #[test]
    fn one_expression_keeps_its_type_and_text_around_it_makes_text() {
        let request = json!({
            "id": "{{ step_01.values.n }}",
            "tags": "{{ step_01.values.tags }}",
            "text": "Hi {{ step_01.values.name }}, {{ step_01.values.n }}",
            "on": true,
        });
        let filled = json!({"id": 3, "tags": ["a"], "text": "Hi Ann, 3", "on": true});
        assert_eq!(fill(&request, &context()), Ok(filled));
    }

    #[test]
    fn a_name_that_stands_for_nothing_is_an_error_that_says_where() {
        for text in [
            "{{ nobody }}",
            "{{ step_01.values.nmae }}",
            "a {{ step_01.values.nmae }}",
        ] {
            let error = fill(&json!({ "a": {"b": text} }), &context()).expect_err(text);
            assert!(error.starts_with("`a`: `b`: "), "{error}");
        }
    }

    #[test]
    fn values_are_never_templates_themselves() {
        let mut context = context();
        context.insert("values".to_owned(), json!({"x": "{{ 1 + 1 }}"}));
        assert_eq!(
            fill(&json!("{{ values.x }}"), &context),
            Ok(json!("{{ 1 + 1 }}"))
        );
    }

    #[test]
    fn names_are_found_before_anything_runs() {
        let names = names(&json!([
            "{{ step_01.values.name }} {% for i in range(2) %}{{ i }}{% endfor %}"
        ]));
        let expected = BTreeSet::from(["step_01.values.name".to_owned()]);
        assert_eq!(names, Ok(expected));
        assert!(super::names(&json!("{{ a")).is_err());
    }

    #[test]
    fn a_template_that_never_ends_is_stopped() {
        let text = "{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}";
        assert!(render(text, &context()).is_err());
    }
}
