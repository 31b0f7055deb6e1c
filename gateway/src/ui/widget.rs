//! Inputs for the fields of a workflow's step: one function for each kind.
use maud::{Markup, html};
use proto::workflow::{Field, FieldKind};

/// A labelled input for a field. `id` is unique on the page, `value` what is filled in.
pub fn field(id: &str, field: &Field, value: &str) -> Markup {
    html! {
        label for=(id) { (field.label) @if field.required { span.quiet aria-hidden="true" { " *" } } }
        @match field.kind() {
            FieldKind::Area => textarea id=(id) name=(field.name) rows="4" required[field.required] { (value) },
            FieldKind::Choice => (choice(id, field, value)),
            FieldKind::Number => input id=(id) name=(field.name) type="number" step="any" value=(value) required[field.required];,
            FieldKind::Url => input id=(id) name=(field.name) type="url" value=(value) required[field.required] placeholder="https://";,
            FieldKind::Text | FieldKind::Unspecified => input id=(id) name=(field.name) value=(value) required[field.required] autocomplete="off";,
        }
        @if !field.help.is_empty() { small { (field.help) } }
    }
}

fn choice(id: &str, field: &Field, value: &str) -> Markup {
    html! {
        select id=(id) name=(field.name) required[field.required] {
            @if value.is_empty() { option value="" { "Pick one…" } }
            @for choice in &field.choices {
                option value=(choice) selected[choice == value] { (choice) }
            }
        }
    }
}
