//! How the model is asked to answer: how long, and in which tone.
use proto::storage::Setting;

/// What the keys of these settings begin with.
pub(crate) const PREFIX: &str = "chat.";
const MAX_WORDS: &str = "chat.max_words";
const TONE: &str = "chat.tone";
const MOST_WORDS: u32 = 10_000;
const LONGEST_TONE: usize = 60;

/// How to answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Manner {
    max_words: u32,
    tone: String,
}

impl Default for Manner {
    fn default() -> Self {
        Self {
            max_words: 60,
            tone: "neutral".to_owned(),
        }
    }
}

impl Manner {
    /// Takes what the settings say, and the default where they say nothing that can be used.
    pub(crate) fn of(settings: &[Setting]) -> Self {
        let value = |key| {
            settings
                .iter()
                .find(|s| s.key == key)
                .map(|s| s.value.trim())
        };
        let default = Self::default();
        let words = value(MAX_WORDS).and_then(|text| text.parse().ok());
        Self {
            max_words: words
                .filter(|words| (1..=MOST_WORDS).contains(words))
                .unwrap_or(default.max_words),
            tone: value(TONE)
                .filter(|tone| is_tone(tone))
                .map_or(default.tone, str::to_owned),
        }
    }

    /// Returns the sentence that asks for it.
    pub(crate) fn sentence(&self) -> String {
        let Self { max_words, tone } = self;
        let article = match tone.chars().next() {
            Some('a' | 'e' | 'i' | 'o' | 'u') => "an",
            _ => "a",
        };
        format!("Answer in under {max_words} words, in {article} {tone} tone.")
    }
}

/// A tone is a few words; a setting is no place for a second prompt.
fn is_tone(text: &str) -> bool {
    let fits = |c: char| c.is_alphabetic() || matches!(c, ' ' | '-' | ',');
    !text.is_empty() && text.chars().count() <= LONGEST_TONE && text.chars().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sentence(pairs: &[(&str, &str)]) -> String {
        let settings: Vec<Setting> = pairs
            .iter()
            .map(|(key, value)| Setting {
                key: (*key).to_owned(),
                value: (*value).to_owned(),
            })
            .collect();
        Manner::of(&settings).sentence()
    }

    #[test]
    fn the_settings_decide_and_what_can_not_be_used_does_not() {
        let neutral = "Answer in under 60 words, in a neutral tone.";
        assert_eq!(sentence(&[]), neutral);
        assert_eq!(
            sentence(&[(MAX_WORDS, " 40 "), (TONE, "icy, dry")]),
            "Answer in under 40 words, in an icy, dry tone."
        );
        for words in ["0", "-1", "many", "99999999999"] {
            assert_eq!(sentence(&[(MAX_WORDS, words), (TONE, "a\nb")]), neutral);
        }
    }
}
