//! Which model answers when none is named: the configured one, else the best one installed.
//!
//! Best means, as in the original app: names that begin with `llama` by version, then the tag `latest`, then the
//! numbers in the tag. Other families follow by number of parameters, and a toy comes last of all.
use std::{
    cmp::Reverse,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use crate::{
    config::ModelName,
    error::Error,
    model::{Installed, Model},
};

/// A good model to get when there is none.
pub const GOOD: &str = "llama3.2";

/// How long a choice is good for: asking the model server each time would delay every first word.
const KEPT: Duration = Duration::from_secs(10);
const TOY_BELOW: f64 = 500e6;

/// Chooses models.
pub struct Choice {
    model: Arc<dyn Model>,
    wanted: Option<ModelName>,
    last: Mutex<Option<(Instant, String)>>,
}

/// An installed model and what we think of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The model.
    pub model: Installed,
    /// Whether it answers when none is named.
    pub is_default: bool,
    /// Whether it only serves to try things out.
    pub is_toy: bool,
}

impl Choice {
    /// Chooses among what `model` has; `wanted` is the configured default.
    pub fn new(model: Arc<dyn Model>, wanted: Option<ModelName>) -> Self {
        Self {
            model,
            wanted,
            last: Mutex::new(None),
        }
    }

    /// Returns the name of the model that answers, once it is sure to be there.
    ///
    /// # Errors
    /// Says which model is missing and how to get it, or that no model server answers.
    pub async fn pick(&self, named: Option<&ModelName>) -> Result<String, Error> {
        let name = match named.or(self.wanted.as_ref()) {
            Some(name) => name.to_string(),
            None => self.best().await?,
        };
        self.model.check(&name).await.map(|()| name)
    }

    /// Lists the installed models, the default one first: `chosen`, else the one that [`Choice::pick`] takes.
    ///
    /// # Errors
    /// Says that no model server answers.
    pub async fn list(&self, chosen: Option<&ModelName>) -> Result<Vec<Listed>, Error> {
        let installed = self.model.installed().await?;
        let wanted = chosen.or(self.wanted.as_ref());
        let default = default_of(&installed, wanted).map(|m| m.name.clone());
        let mut listed: Vec<Listed> = installed
            .into_iter()
            .map(|model| Listed {
                is_default: default.as_ref() == Some(&model.name),
                is_toy: is_toy(&model),
                model,
            })
            .collect();
        listed.sort_by_key(|l| !l.is_default);
        Ok(listed)
    }

    async fn best(&self) -> Result<String, Error> {
        if let Some(name) = self.kept()
            && self.model.check(&name).await.is_ok()
        {
            return Ok(name);
        }
        let installed = self.model.installed().await?;
        let best = default_of(&installed, None).ok_or(Error::NoModel)?;
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) =
            Some((Instant::now(), best.name.clone()));
        Ok(best.name.clone())
    }

    fn kept(&self) -> Option<String> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let (chosen, name) = last.as_ref()?;
        (chosen.elapsed() < KEPT).then(|| name.clone())
    }
}

/// Returns the model that answers when none is named.
fn default_of<'a>(installed: &'a [Installed], wanted: Option<&ModelName>) -> Option<&'a Installed> {
    if let Some(wanted) = wanted {
        return installed.iter().find(|m| same(&m.name, wanted.as_ref()));
    }
    installed.iter().filter(|m| !m.embeds_only).max_by(|a, b| {
        rank(a)
            .partial_cmp(&rank(b))
            .unwrap_or(std::cmp::Ordering::Equal)
    })
}

/// Compares names; one without a tag means the tag `latest`.
fn same(a: &str, b: &str) -> bool {
    let full = |name: &str| match name.rsplit_once(':') {
        Some(_) => name.to_owned(),
        None => format!("{name}:latest"),
    };
    full(a) == full(b)
}

type Rank<'a> = (
    bool,
    Option<Vec<u32>>,
    bool,
    Vec<u32>,
    f64,
    Reverse<&'a str>,
);

fn rank(model: &Installed) -> Rank<'_> {
    let (base, tag) = model.name.rsplit_once(':').unwrap_or((&model.name, ""));
    let llama = llama_version(base);
    let is_llama = llama.is_some();
    (
        !is_toy(model),
        llama,
        // Tags of other families say nothing about which one is better.
        is_llama && tag == "latest",
        if is_llama { numbers(tag) } else { Vec::new() },
        parameters(&model.parameter_size).unwrap_or(0.0),
        Reverse(&model.name),
    )
}

/// Returns the version of a llama, such as 3 and 2 of `llama3.2-vision`; `llama-guard` is none.
fn llama_version(base: &str) -> Option<Vec<u32>> {
    let rest = base.strip_prefix("llama")?;
    let version: String = rest
        .chars()
        .take_while(|c| c.is_ascii_digit() || *c == '.')
        .collect();
    (rest.is_empty() || !version.is_empty()).then(|| numbers(&version))
}

fn numbers(text: &str) -> Vec<u32> {
    text.split(|c: char| !c.is_ascii_digit())
        .filter_map(|digits| digits.parse().ok())
        .collect()
}

fn is_toy(model: &Installed) -> bool {
    model.name.starts_with("smollm2")
        && parameters(&model.parameter_size).is_some_and(|n| n < TOY_BELOW)
}

/// Reads a number of parameters such as `134.52M` or `3.2B`.
fn parameters(words: &str) -> Option<f64> {
    let words = words.trim();
    let unit = match words.chars().last()?.to_ascii_uppercase() {
        'K' => 1e3,
        'M' => 1e6,
        'B' => 1e9,
        'T' => 1e12,
        _ => return words.parse().ok(),
    };
    let number: f64 = words[..words.len() - 1].trim().parse().ok()?;
    Some(number * unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn installed(names: &[(&str, &str)]) -> Vec<Installed> {
        names
            .iter()
            .map(|(name, parameters)| Installed {
                name: (*name).to_owned(),
                parameter_size: (*parameters).to_owned(),
                ..Installed::default()
            })
            .collect()
    }

    fn best(names: &[(&str, &str)]) -> Option<String> {
        default_of(&installed(names), None).map(|m| m.name.clone())
    }

    #[test]
    fn the_newest_llama_is_the_default_then_latest_then_the_largest_tag() {
        let all = [
            ("qwen3:32b", "32.8B"),
            ("llama3.1:70b", "70.6B"),
            ("llama3.2:1b", "1.2B"),
            ("llama3.2:3b", "3.2B"),
            ("llama3.2:latest", "3.2B"),
        ];
        assert_eq!(best(&all).as_deref(), Some("llama3.2:latest"));
        assert_eq!(best(&all[..4]).as_deref(), Some("llama3.2:3b"));
        assert_eq!(best(&all[..2]).as_deref(), Some("llama3.1:70b"));
        assert_eq!(
            best(&[("llama2:latest", ""), ("llama10:1b", "")]).as_deref(),
            Some("llama10:1b")
        );
    }

    #[test]
    fn without_a_llama_the_largest_real_model_is_the_default_and_a_toy_the_last_resort() {
        let all = [
            ("smollm2-toy:latest", "134.52M"),
            ("llama-guard3:1b", "1.5B"),
            ("gemma3:4b", "4.3B"),
        ];
        assert_eq!(best(&all).as_deref(), Some("gemma3:4b"));
        assert_eq!(best(&all[..1]).as_deref(), Some("smollm2-toy:latest"));
        assert_eq!(best(&[]), None);
    }

    #[test]
    fn a_model_that_only_embeds_is_never_the_default() {
        let mut models = installed(&[("bge-m3:latest", "566.70M")]);
        models[0].embeds_only = true;
        assert_eq!(default_of(&models, None), None);
    }

    #[test]
    fn the_configured_model_is_the_default_only_when_it_is_there() {
        let models = installed(&[("llama3.2:latest", "3.2B"), ("qwen3:4b", "4B")]);
        let wanted = |name: &str| name.parse::<ModelName>().expect("name");
        let default = |name| default_of(&models, Some(&wanted(name))).map(|m| m.name.as_str());
        assert_eq!(default("qwen3:4b"), Some("qwen3:4b"));
        assert_eq!(default("llama3.2"), Some("llama3.2:latest"));
        assert_eq!(default("mistral"), None);
    }

    #[test]
    fn only_the_small_smollm_is_a_toy() {
        let toy = |name, size| is_toy(&installed(&[(name, size)])[0]);
        assert!(toy("smollm2-toy:latest", "134.52M"));
        assert!(toy("smollm2:360m", "361.82M"));
        assert!(!toy("smollm2:1.7b", "1.7B"));
        assert!(!toy("qwen3:0.6b", "134.52M"));
        assert!(!toy("smollm2-toy:latest", ""));
    }
}
