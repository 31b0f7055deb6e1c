//! What the model gets to read: who it is, which page is in front, what was said before, and the question.
use crate::model::{Said, Speaker};

const SYSTEM: &str = include_str!("../prompts/system.md");
const APPS: &[(&str, &str)] = &[
    ("home", include_str!("../prompts/home.md")),
    ("profile", include_str!("../prompts/profile.md")),
    ("task", include_str!("../prompts/task.md")),
    (
        "connect_with_botify",
        include_str!("../prompts/connect_with_botify.md"),
    ),
    ("workflow", include_str!("../prompts/workflow.md")),
];

/// Turns of the conversation that are sent at most.
pub const TURNS: usize = 40;
const CHARS: usize = 24_000;

/// Puts together what is sent: the system prompt with the app's own, the newest turns that fit, the question.
pub fn compose(app: &str, before: Vec<Said>, question: &str) -> Vec<Said> {
    let mut said = vec![Said {
        by: Speaker::System,
        text: system(app),
    }];
    said.extend(newest(before));
    said.push(Said {
        by: Speaker::User,
        text: question.to_owned(),
    });
    said
}

/// Returns the system prompt; an app without a prompt of its own gets the general one.
fn system(app: &str) -> String {
    let own = APPS.iter().find(|(slug, _)| *slug == app);
    match own {
        Some((_, prompt)) => format!("{}\n\n{}", SYSTEM.trim(), prompt.trim()),
        None => SYSTEM.trim().to_owned(),
    }
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
    use super::*;

    fn user(text: impl Into<String>) -> Said {
        Said {
            by: Speaker::User,
            text: text.into(),
        }
    }

    #[test]
    fn the_app_in_front_adds_its_prompt_to_the_system_message() {
        let task = compose("task", vec![], "hi");
        assert!(task[0].text.starts_with(SYSTEM.trim()));
        assert!(task[0].text.len() > SYSTEM.len());
        assert_eq!(task[1], user("hi"));
        assert_eq!(compose("nowhere", vec![], "hi")[0].text, SYSTEM.trim());
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
