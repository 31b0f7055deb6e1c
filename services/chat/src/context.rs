//! What the model gets to read before a question: who it is, which page is in front and what it shows, and what was
//! said before.
use std::sync::Arc;

use crate::{
    model::{Offered, Said, Speaker},
    prompts::Prompts,
    rows,
    surroundings::{Place, Seen},
};

/// Turns of the conversation that are sent at most.
pub const TURNS: usize = 40;
const CHARS: usize = 24_000;
/// Characters per token, roughly, in European languages.
const CHARS_PER_TOKEN: usize = 4;

/// What the model would read before the next question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// What is sent, in order.
    pub said: Vec<Said>,
    /// The tools that are offered.
    pub offered: Arc<[Offered]>,
    /// The model that would answer; none when there is none.
    pub model: Option<String>,
}

impl Context {
    /// Makes one that nobody would read now.
    pub(crate) fn without_model(said: Vec<Said>) -> Self {
        Self {
            said,
            offered: Arc::default(),
            model: None,
        }
    }
}

/// Puts together what is sent before a question: the system message, then the newest turns that fit.
pub(crate) fn compose(
    prompts: &Prompts,
    place: &Place,
    seen: &Seen,
    before: Vec<Said>,
) -> Vec<Said> {
    let mut said = vec![Said {
        by: Speaker::System,
        text: system(prompts, place, seen),
    }];
    said.extend(newest(before));
    said
}

/// Adds the question to what is sent before it.
pub(crate) fn with_question(mut said: Vec<Said>, question: &str) -> Vec<Said> {
    said.push(Said {
        by: Speaker::User,
        text: question.to_owned(),
    });
    said
}

/// Estimates how many tokens a text is.
pub fn estimated_tokens(text: &str) -> usize {
    text.chars().count().div_ceil(CHARS_PER_TOKEN)
}

/// Returns the system message; an app without a prompt of its own gets the general one.
fn system(prompts: &Prompts, place: &Place, seen: &Seen) -> String {
    let mut parts = vec![prompts.system().to_string()];
    parts.extend(prompts.of_app(&place.app).map(|prompt| prompt.to_string()));
    parts.push(facts(place, seen));
    parts.extend(seen.rows.as_ref().map(rows::Rows::fenced));
    parts.join("\n\n")
}

/// Returns what is true right now, a line each.
fn facts(place: &Place, seen: &Seen) -> String {
    let now = proto::time::now();
    let day = now.split('T').next().unwrap_or_default();
    let mut lines = vec![format!("Today is {day} (UTC).")];
    if let Some(profile) = &seen.profile {
        let mut about = vec![rows::shown(profile)];
        about.extend(named("site", &profile.address));
        about.extend(named("country", &profile.code));
        lines.push(format!("The profile in front is: {}.", about.join(", ")));
    }
    for (what, name) in [("workflow", &place.workflow), ("run", &place.run)] {
        if !name.is_empty() {
            lines.push(format!("The {what} in front is: {name}."));
        }
    }
    lines.push(seen.manner.sentence());
    lines.join("\n")
}

fn named(name: &str, value: &str) -> Option<String> {
    let value = rows::one_line(value);
    (!value.is_empty()).then(|| format!("{name} {value}"))
}

/// Keeps the newest turns within the bounds, oldest first; turns without a word are skipped.
fn newest(before: Vec<Said>) -> Vec<Said> {
    let mut room = CHARS;
    let mut kept: Vec<Said> = before
        .into_iter()
        .rev()
        .filter(|said| !said.text.trim().is_empty())
        .take(TURNS)
        .map_while(|said| {
            room = room.checked_sub(said.text.chars().count())?;
            Some(said)
        })
        .collect();
    kept.reverse();
    kept
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use proto::storage::{Profile, Task};

    use super::*;

    fn user(text: impl Into<String>) -> Said {
        Said {
            by: Speaker::User,
            text: text.into(),
        }
    }

    fn system_in(app: &str, seen: &Seen) -> String {
        let place = Place {
            app: app.to_owned(),
            ..Place::default()
        };
        let prompts = Prompts::new(Path::new("/nowhere"));
        compose(&prompts, &place, seen, vec![])[0].text.clone()
    }

    #[test]
    fn the_app_in_front_adds_its_prompt_to_the_system_message() {
        let task = system_in("task", &Seen::default());
        let nowhere = system_in("nowhere", &Seen::default());
        assert!(task.contains("Todos") && task.contains("Botiferrous"));
        assert!(nowhere.contains("Botiferrous") && !nowhere.contains("Todos"));
        assert!(nowhere.contains("Answer in under 60 words, in a neutral tone."));
    }

    #[test]
    fn the_profile_and_its_rows_are_told_without_the_real_name() {
        let profile = Profile {
            name: "Real Ltd".to_owned(),
            menu_name: "Client A".to_owned(),
            address: "https://a.example".to_owned(),
            ..Profile::default()
        };
        let task = Task {
            id: 7,
            name: "Fix titles".to_owned(),
            ..Task::default()
        };
        let seen = Seen {
            profile: Some(profile),
            rows: Some(rows::tasks(vec![task])),
            ..Seen::default()
        };
        let text = system_in("task", &seen);
        assert!(
            text.contains("The profile in front is: Client A, site https://a.example."),
            "{text}"
        );
        assert!(text.contains("\n7, no, Fix titles\n") && !text.contains("Real"));
    }

    #[test]
    fn a_token_is_about_four_characters() {
        assert_eq!(estimated_tokens(""), 0);
        assert_eq!(estimated_tokens("žžžž"), 1);
        assert_eq!(estimated_tokens("five5"), 2);
    }

    #[test]
    fn the_newest_turns_are_kept_in_their_order() {
        let before = (0..TURNS + 5).map(|n| user(format!("turn {n}"))).collect();
        let kept = newest(before);
        assert_eq!(kept.len(), TURNS);
        assert_eq!(kept[0].text, "turn 5");
    }

    #[test]
    fn a_turn_that_does_not_fit_ends_the_memory() {
        let before = vec![user("old"), user("ž".repeat(CHARS - 2)), user("new")];
        assert_eq!(newest(before), [user("new")]);
    }

    #[test]
    fn turns_without_a_word_are_skipped() {
        assert_eq!(
            newest(vec![user("a"), user(" \n"), user("b")]),
            [user("a"), user("b")]
        );
    }
}
