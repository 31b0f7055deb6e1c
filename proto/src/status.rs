//! How failure is said over the wire: one sentence, and for bad input the fields it bears on.
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, FieldViolation, StatusExt};

/// Says which fields of a request are wrong and why, as `google.rpc.BadRequest`.
pub fn invalid<F, R>(violations: impl IntoIterator<Item = (F, R)>) -> Status
where
    F: Into<String>,
    R: Into<String>,
{
    let fields: Vec<FieldViolation> = violations
        .into_iter()
        .map(|(field, reason)| FieldViolation::new(field, reason))
        .collect();
    let sentence = fields
        .iter()
        .map(|v| match v.field.as_str() {
            "" => v.description.clone(),
            field => format!("`{field}` {}", v.description),
        })
        .collect::<Vec<_>>()
        .join("; ");
    Status::with_error_details(
        Code::InvalidArgument,
        sentence,
        ErrorDetails::with_bad_request(fields),
    )
}

/// Returns the wrong fields of a request and what is wrong with each; empty when the status names none.
pub fn violations(status: &Status) -> Vec<(String, String)> {
    status
        .get_details_bad_request()
        .map(|bad| bad.field_violations)
        .unwrap_or_default()
        .into_iter()
        .map(|v| (v.field, v.description))
        .collect()
}

/// Hides an internal failure: what happened goes to the log of this process, with its chain of causes, and the
/// caller reads a sentence that gives nothing away.
pub fn internal(error: &(dyn std::error::Error + 'static)) -> (String, Status) {
    let mut chain = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        chain = format!("{chain}: {inner}");
        cause = inner.source();
    }
    (
        chain,
        Status::internal("something went wrong here; the log of the service says what"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn violations_survive_the_wire() {
        let status = invalid([("name", "must not be blank")]);
        assert_eq!(status.code(), Code::InvalidArgument);
        assert_eq!(status.message(), "`name` must not be blank");
        assert_eq!(
            violations(&status),
            [("name".to_owned(), "must not be blank".to_owned())]
        );
    }

    #[test]
    fn internal_failures_tell_the_log_everything_and_the_caller_nothing() {
        let cause = std::io::Error::other("disk on fire");
        let (log, status) = internal(&cause);
        assert_eq!(log, "disk on fire");
        assert!(!status.message().contains("fire"));
    }
}
