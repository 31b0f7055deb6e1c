//! The key of a run: what a person types, or what is proposed when they type nothing.
use super::Engine;
use crate::{error::Error, run::Run};

/// Longest part of a proposed key that is taken from the profile's name; leaves room for the workflow and a number.
const LONGEST_SLUG: usize = 30;
/// Numbers that are tried before giving up.
const MOST_RUNS: u32 = 1 << 24;
/// Races that are lost before giving up.
const MOST_LOSSES: u32 = 100;

/// Refuses keys that would not do as an address.
pub(super) fn check(url: &str) -> Result<(), Error> {
    let fits = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
    if (1..=100).contains(&url.len()) && url.bytes().all(fits) {
        return Ok(());
    }
    let reason = "must be 1 to 100 letters, digits, `-`, `_` and `.`";
    Err(Error::field("url", reason))
}

impl Engine {
    /// Starts a run under the next free key. Starts without a key take turns, so that many at once do not race for
    /// one number; another process may still be faster.
    pub(super) async fn start_anywhere(&self, workflow: &str) -> Result<Run, Error> {
        let _turn = self.proposing.lock().await;
        let stem = self.stem(workflow).await;
        let first = self.first_free(workflow, &stem).await?;
        for number in first..first + MOST_LOSSES {
            if let Some(run) = self.create(workflow, &numbered(&stem, number)).await? {
                return Ok(run);
            }
        }
        Err(Error::NoFreeKey(stem))
    }

    async fn stem(&self, workflow: &str) -> String {
        let profile = self.store.current_profile().await.unwrap_or_else(|e| {
            tracing::debug!(error = %e, "the current profile is not known");
            None
        });
        match profile.map(|name| slug(&name)) {
            Some(slug) if !slug.is_empty() => format!("{slug}-{workflow}"),
            _ => workflow.to_owned(),
        }
    }

    /// Finds a free number whose predecessor is taken: in leaps, then by halves, so that thousands of runs cost a
    /// dozen looks.
    async fn first_free(&self, workflow: &str, stem: &str) -> Result<u32, Error> {
        let (mut taken, mut free) = (0, 1);
        while self.is_taken(workflow, stem, free).await? {
            taken = free;
            free *= 2;
            if free > MOST_RUNS {
                return Err(Error::NoFreeKey(stem.to_owned()));
            }
        }
        while free - taken > 1 {
            let middle = taken + (free - taken) / 2;
            match self.is_taken(workflow, stem, middle).await? {
                true => taken = middle,
                false => free = middle,
            }
        }
        Ok(free)
    }

    async fn is_taken(&self, workflow: &str, stem: &str, number: u32) -> Result<bool, Error> {
        let run = self.store.get(workflow, &numbered(stem, number)).await?;
        Ok(run.is_some())
    }
}

fn numbered(stem: &str, number: u32) -> String {
    format!("{stem}-{number:02}")
}

/// Returns a name as a part of a key: letters and digits in lower case, everything else as single hyphens.
fn slug(name: &str) -> String {
    let lower = name.to_lowercase();
    let words = lower
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty());
    let whole = words.collect::<Vec<_>>().join("-");
    let cut: String = whole.chars().take(LONGEST_SLUG).collect();
    cut.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_can_stand_in_an_address_are_taken() {
        for key in ["acme-hello-01", "A.b_c", &"x".repeat(100)] {
            assert!(check(key).is_ok(), "{key}");
        }
        for key in ["", "a b", "a/b", "ä", &"x".repeat(101)] {
            assert!(check(key).is_err(), "{key}");
        }
    }

    #[test]
    fn a_name_becomes_a_part_of_a_key() {
        assert_eq!(slug("  ACME, Inc. "), "acme-inc");
        assert_eq!(slug("日本"), "");
        assert_eq!(slug(&"ab ".repeat(20)), "ab-ab-ab-ab-ab-ab-ab-ab-ab-ab");
        let longest = format!("{}-{}", "x".repeat(LONGEST_SLUG), "w".repeat(60));
        assert!(check(&numbered(&longest, MOST_RUNS)).is_ok());
    }
}
