//! The rules of a workflow file that its grammar can not say.
use std::{
    collections::{BTreeSet, HashSet},
    ops::{Range, RangeInclusive},
};

use proto::options::Effect;
use runtime::tools::{Catalog, Tool};
use serde_json::Value as Json;
use toml::Spanned;

use super::Wrong;
use crate::{
    library::is_word,
    run::RESERVED,
    step::{Field, Kind, Step},
    template,
};

const LONGEST_TITLE: usize = 200;
const MOST_CHOICES: usize = 1000;

pub(super) fn title(text: &Spanned<String>) -> Result<(), Wrong> {
    match text.get_ref().trim().chars().count() {
        0 => Err((text.span(), "must not be blank".to_owned())),
        1..=LONGEST_TITLE => Ok(()),
        _ => Err((
            text.span(),
            format!("must be at most {LONGEST_TITLE} characters long"),
        )),
    }
}

pub(super) fn count(
    place: Range<usize>,
    what: &str,
    allowed: RangeInclusive<usize>,
    found: usize,
) -> Result<(), Wrong> {
    if allowed.contains(&found) {
        return Ok(());
    }
    let (least, most) = allowed.into_inner();
    Err((
        place,
        format!("there must be {least} to {most} {what}; there are {found}"),
    ))
}

pub(super) fn word(name: Spanned<String>) -> Result<String, Wrong> {
    if is_word(name.get_ref()) && !name.get_ref().starts_with(|c: char| c.is_ascii_digit()) {
        return Ok(name.into_inner());
    }
    let reason = "must be 1 to 60 characters of a-z, 0-9 and `_`, and not begin with a digit";
    Err((name.span(), reason.to_owned()))
}

pub(super) fn step_id(id: &str, place: &Range<usize>, earlier: &[Step]) -> Result<(), Wrong> {
    if RESERVED.contains(&id) {
        return Err((place.clone(), format!("the step's id `{id}` is reserved")));
    }
    if earlier.iter().any(|step| step.id == id) {
        return Err((
            place.clone(),
            format!("the step's id `{id}` is there twice"),
        ));
    }
    Ok(())
}

pub(super) fn field(field: &Field, place: &Range<usize>, step: &Step) -> Result<(), Wrong> {
    let name = &field.name;
    let wrong = |reason: String| Err((place.clone(), reason));
    if step.field(name).is_some() {
        return wrong(format!("the field `{name}` is there twice"));
    }
    if (field.kind == Kind::Choice) == field.choices.is_empty() {
        return wrong(format!(
            "`{name}`: a choice needs `choices`, and nothing else has them"
        ));
    }
    if field.choices.len() > MOST_CHOICES {
        return wrong(format!("`{name}` has more than {MOST_CHOICES} choices"));
    }
    let mut seen = HashSet::new();
    for choice in &field.choices {
        if choice.trim() != choice || choice.is_empty() {
            return wrong(format!(
                "`{name}`: a choice is blank or has white space around it"
            ));
        }
        if !seen.insert(choice) {
            return wrong(format!("`{name}`: the choice `{choice}` is there twice"));
        }
    }
    Ok(())
}

pub(super) fn method<'a>(name: &Spanned<String>, catalog: &'a Catalog) -> Result<&'a Tool, Wrong> {
    let Some(tool) = catalog.find(name.get_ref()) else {
        let reason = format!("no method `{}` that a step may call", name.get_ref());
        return Err((name.span(), reason));
    };
    match tool.effect {
        Effect::Read | Effect::Write => Ok(tool),
        Effect::Delete | Effect::Spend | Effect::Unspecified => Err((
            name.span(),
            format!(
                "`{}` deletes or spends; a person must agree to that, which steps can not ask for yet",
                name.get_ref()
            ),
        )),
    }
}

pub(super) fn request(
    request: &Json,
    place: Range<usize>,
    tool: &Tool,
    step: &Step,
    earlier: &[Step],
) -> Result<(), Wrong> {
    let input = tool.method.input();
    for name in request
        .as_object()
        .into_iter()
        .flat_map(|fields| fields.keys())
    {
        if input.get_field_by_name(name).is_none() && input.get_field_by_json_name(name).is_none() {
            return Err((
                place,
                format!("`{name}` is no field of {}", input.full_name()),
            ));
        }
    }
    let names = template::names(request).map_err(|reason| (place.clone(), reason))?;
    known(&names, step, earlier, false).map_err(|reason| (place, reason))
}

pub(super) fn summary(
    text: Spanned<String>,
    step: &Step,
    earlier: &[Step],
) -> Result<String, Wrong> {
    let place = text.span();
    let names = template::names(&text.get_ref().as_str().into())
        .and_then(|names| known(&names, step, earlier, true));
    match names {
        Ok(()) => Ok(text.into_inner()),
        Err(reason) => Err((place, reason)),
    }
}

/// Refuses names a template can never find: what is no earlier step, no field of it, or a result before there is one.
fn known(
    names: &BTreeSet<String>,
    step: &Step,
    earlier: &[Step],
    has_result: bool,
) -> Result<(), String> {
    let is_known = |name: &str| {
        let mut path = name.split('.');
        match (path.next(), path.next(), path.next()) {
            (Some("result"), ..) => has_result,
            (Some("values"), field, _) => field.is_none_or(|field| step.field(field).is_some()),
            (Some(id), part, field) => match (earlier.iter().find(|step| step.id == id), part) {
                (None, _) => false,
                (Some(_), None) => true,
                (Some(step), Some("values")) => field.is_none_or(|f| step.field(f).is_some()),
                (Some(step), Some("result")) => step.call.is_some(),
                (Some(_), Some(_)) => false,
            },
            (None, ..) => false,
        }
    };
    match names.iter().find(|name| !is_known(name)) {
        None => Ok(()),
        Some(name) => Err(format!(
            "`{name}` stands for nothing; there are `values.FIELD`, `STEP.values.FIELD`, `STEP.result...` of earlier steps, and in a summary `result...`"
        )),
    }
}
