//! Reading one workflow file: every mistake is said with its line.
mod check;
mod table;

use std::{ops::Range, time::Duration};

use runtime::tools::{Catalog, Tool};
use serde_json::Value as Json;
use toml::{Spanned, Table, Value as Toml};

use self::table::{CallTable, FieldTable, StepTable, WorkflowTable};
use super::Workflow;
use crate::step::{Call, Field, Step};

/// What is wrong, and where in the text.
type Wrong = (Range<usize>, String);

const DEFAULT_TIMEOUT_S: u64 = 120;

/// Reads a workflow from the text of its file. The error begins with the line.
pub(super) fn read(text: &str, catalog: &Catalog) -> Result<Workflow, String> {
    let table: WorkflowTable =
        toml::from_str(text).map_err(|e| located(text, e.span().unwrap_or(0..0), e.message()))?;
    workflow(table, catalog).map_err(|(place, reason)| located(text, place, &reason))
}

fn located(text: &str, place: Range<usize>, reason: &str) -> String {
    let before = text.get(..place.start).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
    let reason = reason.trim_end().replace('\n', "; ");
    format!("line {line}, column {column}: {reason}")
}

fn workflow(table: WorkflowTable, catalog: &Catalog) -> Result<Workflow, Wrong> {
    check::title(&table.title)?;
    check::count(table.title.span(), "steps", 1..=100, table.step.len())?;
    let mut steps: Vec<Step> = Vec::new();
    for (index, table) in table.step.into_iter().enumerate() {
        let step = step(table, index, &steps, catalog)?;
        steps.push(step);
    }
    Ok(Workflow {
        title: table.title.into_inner(),
        about: table.about,
        steps,
    })
}

fn step(
    table: StepTable,
    index: usize,
    earlier: &[Step],
    catalog: &Catalog,
) -> Result<Step, Wrong> {
    check::title(&table.title)?;
    let place = table.title.span();
    let id = match table.id {
        Some(id) => check::word(id)?,
        None => format!("step_{:02}", index + 1),
    };
    check::step_id(&id, &place, earlier)?;
    check::count(place, "fields", 0..=100, table.field.len())?;
    let mut step = Step {
        id,
        title: table.title.into_inner(),
        about: table.about,
        fields: Vec::new(),
        call: None,
    };
    for table in table.field {
        let field = field(table, &step)?;
        step.fields.push(field);
    }
    step.call = match table.call {
        Some(table) => Some(call(table, &step, earlier, catalog)?),
        None => None,
    };
    Ok(step)
}

fn field(table: FieldTable, step: &Step) -> Result<Field, Wrong> {
    check::title(&table.label)?;
    let place = table.name.span();
    let field = Field {
        name: check::word(table.name)?,
        label: table.label.into_inner(),
        kind: table.kind,
        required: table.required,
        default: String::new(),
        choices: table.choices,
        help: table.help,
    };
    check::field(&field, &place, step)?;
    let default = table.default.map(|d| default(d, &field)).transpose()?;
    Ok(Field {
        default: default.unwrap_or_default(),
        ..field
    })
}

fn default(given: Spanned<Toml>, field: &Field) -> Result<String, Wrong> {
    let place = given.span();
    let text = match given.into_inner() {
        Toml::String(text) => text,
        number @ (Toml::Integer(_) | Toml::Float(_)) => number.to_string(),
        _ => return Err((place, "a default must be text or a number".to_owned())),
    };
    let optional = Field {
        required: false,
        ..field.clone()
    };
    match optional.accept(Some(&text.as_str().into())) {
        Ok(_) => Ok(text),
        Err(reason) => Err((place, format!("the default {reason}"))),
    }
}

fn call(table: CallTable, step: &Step, earlier: &[Step], catalog: &Catalog) -> Result<Call, Wrong> {
    let tool = check::method(&table.method, catalog)?;
    let request = table
        .request
        .map(|table| request(table, tool, step, earlier))
        .transpose()?;
    let summary = table
        .summary
        .map(|text| check::summary(text, step, earlier))
        .transpose()?;
    let timeout_s = match &table.timeout_s {
        Some(limit) if !(1..=3600).contains(limit.get_ref()) => {
            return Err((limit.span(), "timeout_s must be 1 to 3600".to_owned()));
        }
        Some(limit) => *limit.get_ref(),
        None => DEFAULT_TIMEOUT_S,
    };
    Ok(Call {
        tool: tool.clone(),
        request: request.unwrap_or_else(|| Json::Object(serde_json::Map::new())),
        summary,
        timeout: Duration::from_secs(timeout_s),
    })
}

fn request(
    table: Spanned<Table>,
    tool: &Tool,
    step: &Step,
    earlier: &[Step],
) -> Result<Json, Wrong> {
    let place = table.span();
    let json = json(Toml::Table(table.into_inner()));
    check::request(&json, place, tool, step, earlier)?;
    Ok(json)
}

fn json(toml: Toml) -> Json {
    match toml {
        Toml::String(text) => text.into(),
        Toml::Integer(number) => number.into(),
        Toml::Float(number) => number.into(),
        Toml::Boolean(is) => is.into(),
        Toml::Datetime(time) => time.to_string().into(),
        Toml::Array(items) => items.into_iter().map(json).collect(),
        Toml::Table(fields) => fields.into_iter().map(|(k, v)| (k, json(v))).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(text: &str) -> String {
        read(text, &Catalog::built_in()).expect_err("broken")
    }

    #[test]
    fn steps_are_numbered_unless_they_have_a_name() {
        let text =
            "title='t'\n[[step]]\ntitle='a'\n[[step]]\nid='b'\ntitle='b'\n[[step]]\ntitle='c'";
        let workflow = read(text, &Catalog::built_in()).expect("good");
        let ids: Vec<_> = workflow.steps.iter().map(|step| &*step.id).collect();
        assert_eq!(ids, ["step_01", "b", "step_03"]);
    }

    #[test]
    fn every_mistake_is_said_with_its_line() {
        for (text, line, words) in [
            ("title = ", 1, ""),
            ("title = 't'\ncolour = 'red'\n", 2, "colour"),
            ("title = 't'\n", 1, "steps"),
            ("title = 't'\n[[step]]\ntitle = ' '", 3, "blank"),
            ("title = 't'\n[[step]]\nid = 'A b'\ntitle = 'x'", 3, "a-z"),
            (
                "title = 't'\n[[step]]\nid = 'created'\ntitle = 'x'",
                4,
                "reserved",
            ),
            (
                "title = 't'\n[[step]]\nid='a'\ntitle='x'\n[[step]]\nid='a'\ntitle='x'",
                7,
                "twice",
            ),
        ] {
            let error = broken(text);
            assert!(error.starts_with(&format!("line {line}, ")), "{error}");
            assert!(error.contains(words), "{error}");
        }
    }

    fn with_field(rest: &str) -> String {
        broken(&format!(
            "title='t'\n[[step]]\ntitle='x'\n[[step.field]]\nname='a'\nlabel='A'\n{rest}"
        ))
    }

    #[test]
    fn fields_that_make_no_sense_are_refused() {
        assert!(with_field("kind = 'colour'").starts_with("line 7, "));
        assert!(with_field("kind = 'choice'").contains("choices"));
        assert!(with_field("choices = ['a']").contains("choices"));
        assert!(with_field("kind = 'choice'\nchoices = ['a', 'a']").contains("twice"));
        let bad = with_field("kind = 'choice'\ndefault = 'c'\nchoices = ['a', 'b']");
        assert!(
            bad.starts_with("line 8, ") && bad.contains("one of: a, b"),
            "{bad}"
        );
        assert!(with_field("[[step.field]]\nname='a'\nlabel='A'").contains("twice"));
    }

    fn with_call(rest: &str) -> String {
        broken(&format!(
            "title='t'\n[[step]]\ntitle='x'\n[step.call]\n{rest}"
        ))
    }

    #[test]
    fn a_call_is_checked_before_anybody_runs_it() {
        let converse = "method = 'botiferrous.chat.v1.ChatService/Converse'\n";
        let unknown = with_call("method = 'botiferrous.chat.v1.ChatService/Sing'");
        assert!(
            unknown.starts_with("line 5, ") && unknown.contains("Sing"),
            "{unknown}"
        );
        let delete = with_call("method = 'botiferrous.storage.v1.TaskService/DeleteTask'");
        assert!(delete.contains("a person must agree"), "{delete}");
        let field = with_call(&format!("{converse}request = {{ txt = 'x' }}"));
        assert!(
            field.starts_with("line 6, ") && field.contains("txt"),
            "{field}"
        );
        let name = with_call(&format!(
            "{converse}request = {{ text = '{{{{ step_09.values.x }}}}' }}"
        ));
        assert!(name.contains("step_09.values.x"), "{name}");
        let value = with_call(&format!(
            "{converse}request = {{ text = '{{{{ values.x }}}}' }}"
        ));
        assert!(value.contains("values.x"), "{value}");
        let syntax = with_call(&format!("{converse}request = {{ text = '{{{{ a' }}"));
        assert!(syntax.starts_with("line 6, "), "{syntax}");
        let early = with_call(&format!(
            "{converse}request = {{ text = '{{{{ result.x }}}}' }}"
        ));
        assert!(early.contains("result.x"), "{early}");
        let late = with_call(&format!("{converse}timeout_s = 0"));
        assert!(late.starts_with("line 6, "), "{late}");
    }
}
