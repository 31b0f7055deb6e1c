//! Points in time: RFC 3339 text in UTC with microseconds where they are stored, `Timestamp` on the wire.
use jiff::{Timestamp, Unit};

/// Returns now as text that sorts like time, such as `2026-11-23T09:30:00.000001Z`.
pub fn now() -> String {
    text(Timestamp::now())
}

/// Returns the wire form of stored text; absent when the text is no time.
pub fn to_wire(stored: &str) -> Option<prost_types::Timestamp> {
    let time: Timestamp = stored.parse().ok()?;
    Some(prost_types::Timestamp {
        seconds: time.as_second(),
        nanos: time.subsec_nanosecond(),
    })
}

/// Returns the text form of a time on the wire; absent when it is out of range.
pub fn from_wire(wire: &prost_types::Timestamp) -> Option<String> {
    Timestamp::new(wire.seconds, wire.nanos).ok().map(text)
}

fn text(time: Timestamp) -> String {
    let time = time.round(Unit::Microsecond).unwrap_or(time);
    format!("{time:.6}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_wire_hold_the_same_time() {
        let stored = "2026-11-23T09:30:00.120000Z";
        let wire = to_wire(stored).expect("a time");
        assert_eq!(wire.nanos, 120_000_000);
        assert_eq!(from_wire(&wire).as_deref(), Some(stored));
        assert_eq!(to_wire("yesterday"), None);
    }

    #[test]
    fn now_always_has_the_same_width() {
        assert_eq!(now().len(), "2026-11-23T09:30:00.120000Z".len());
    }
}
