//! What may run by itself, what needs a person's word, and what never runs.
use std::collections::HashMap;

use proto::{
    options::Effect,
    storage::{
        GetSettingRequest, ListSettingsRequest, SetSettingRequest,
        setting_service_client::SettingServiceClient,
    },
};
use runtime::{grpc::Client, tools::Tool};

use crate::error::Error;

/// What happens when an action is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Policy {
    /// It runs.
    Run,
    /// A person must agree first.
    Ask,
    /// It is refused.
    Never,
}

impl Policy {
    /// Returns what holds unless a person says otherwise.
    fn usual(effect: Effect) -> Self {
        if asks_always(effect) {
            Self::Ask
        } else {
            Self::Run
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Ask => "ask",
            Self::Never => "never",
        }
    }

    /// Reads what is stored, whoever stored it: what must be asked for is not run because of a setting.
    fn read(stored: Option<&str>, effect: Effect) -> Self {
        match stored {
            Some("run") if !asks_always(effect) => Self::Run,
            Some("ask") => Self::Ask,
            Some("never") => Self::Never,
            _ => Self::usual(effect),
        }
    }
}

/// Returns whether an action with this effect always needs a person's word.
fn asks_always(effect: Effect) -> bool {
    !matches!(effect, Effect::Read | Effect::Write)
}

/// Reads and changes the policies, which are settings.
#[derive(Clone)]
pub(crate) struct Policies(SettingServiceClient<Client>);

const PREFIX: &str = "policy.";

impl Policies {
    pub(crate) fn new(storage: Client) -> Self {
        Self(SettingServiceClient::new(storage))
    }

    /// Returns the policy of a tool.
    pub(crate) async fn of(&self, tool: &Tool) -> Result<Policy, Error> {
        let request = GetSettingRequest { key: key(tool) };
        let stored = match self
            .0
            .clone()
            .get_setting(request)
            .await
            .map_err(Error::from)
        {
            Ok(answer) => answer.into_inner().setting.map(|setting| setting.value),
            Err(e) if e.says_missing() => None,
            Err(e) => return Err(e),
        };
        Ok(Policy::read(stored.as_deref(), tool.effect))
    }

    /// Returns the policies that were set, for [`Self::among`].
    pub(crate) async fn all(&self) -> Result<HashMap<String, String>, Error> {
        let request = ListSettingsRequest {
            prefix: PREFIX.to_owned(),
        };
        let listed = self.0.clone().list_settings(request).await?.into_inner();
        let settings = listed.settings.into_iter();
        Ok(settings
            .map(|setting| (setting.key, setting.value))
            .collect())
    }

    /// Returns the policy of a tool among those that were read.
    pub(crate) fn among(all: &HashMap<String, String>, tool: &Tool) -> Policy {
        Policy::read(all.get(&key(tool)).map(String::as_str), tool.effect)
    }

    /// Sets the policy of a tool.
    pub(crate) async fn set(&self, tool: &Tool, policy: Policy) -> Result<(), Error> {
        allowed(tool, policy, "policy")?;
        let request = SetSettingRequest {
            key: key(tool),
            value: policy.word().to_owned(),
        };
        self.0.clone().set_setting(request).await?;
        Ok(())
    }
}

/// Refuses to run without asking what deletes or spends; `field` is what the caller asked it with.
pub(crate) fn allowed(tool: &Tool, policy: Policy, field: &'static str) -> Result<(), Error> {
    if policy == Policy::Run && asks_always(tool.effect) {
        return Err(Error::Invalid {
            field,
            reason: format!(
                "can not be that for `{}`, which a person must always agree to",
                tool.name()
            ),
        });
    }
    Ok(())
}

fn key(tool: &Tool) -> String {
    format!("{PREFIX}{}", tool.name())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_and_writing_runs_and_the_rest_asks() {
        let usual = [Effect::Read, Effect::Write, Effect::Delete, Effect::Spend].map(Policy::usual);
        assert_eq!(usual, [Policy::Run, Policy::Run, Policy::Ask, Policy::Ask]);
        assert_eq!(Policy::usual(Effect::Unspecified), Policy::Ask);
    }

    #[test]
    fn no_setting_makes_a_delete_run_by_itself() {
        assert_eq!(Policy::read(Some("run"), Effect::Delete), Policy::Ask);
        assert_eq!(Policy::read(Some("run"), Effect::Spend), Policy::Ask);
        assert_eq!(Policy::read(Some("never"), Effect::Delete), Policy::Never);
        assert_eq!(Policy::read(Some("ask"), Effect::Write), Policy::Ask);
        assert_eq!(Policy::read(Some("nonsense"), Effect::Write), Policy::Run);
    }
}
