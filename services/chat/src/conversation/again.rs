//! Another answer in place of the last one.
use std::{sync::Arc, time::Instant};

use proto::storage::{Message, MessageState, Role};
use tokio::time::timeout;
use tracing::Instrument as _;

use super::{Conversation, STORAGE_PATIENCE};
use crate::{
    actions::Origin, answer::Events, config::ModelName, context, error::Error, exchange::Begun,
    surroundings::Place, transcript,
};

impl Conversation {
    /// Answers the question of a conversation's last answer once more. Dropping the events stops the model.
    ///
    /// # Errors
    /// Says that the message is not the last answer, and what is missing otherwise, as [`Conversation::ask`] does.
    pub async fn again(
        self: &Arc<Self>,
        answer: i64,
        model: Option<ModelName>,
    ) -> Result<Events, Error> {
        let this = self.clone();
        // A task of its own, for the same reason as with a question.
        let begun = async move { this.replace(answer, model).await };
        self.answers.spawn(begun.in_current_span()).await?
    }

    async fn replace(&self, old: i64, named: Option<ModelName>) -> Result<Events, Error> {
        let asked = Instant::now();
        timeout(STORAGE_PATIENCE, self.mended())
            .await
            .map_err(|_| Error::NoStorage)??;
        let model = self.pick(named.as_ref()).await?;
        let profile = self.transcript.message(old).await?.profile_id;
        let turn = self.turns.of_profile(profile).await?;
        let rows = self.transcript.newest(Some(profile)).await?;
        let (before, question) = last_question(rows, old)?;
        let place = Place {
            app: question.app.clone(),
            ..Place::default() // the page may show another run by now
        };
        let seen = self.surroundings.of(profile, &place).await;
        let said = before.into_iter().filter_map(transcript::said).collect();
        let said = context::compose(&self.prompts, &place, &seen, said);
        let ask = self.asking(&model, said, &question.text).await;
        let pieces = self.open(ask.clone());
        let answer = self
            .transcript
            .begin(Some(profile), &question.app, &model, question.id)
            .await?;
        if let Err(e) = self.transcript.discard(old).await {
            // The new row is there and must come to its end; two answers are better than one that never ends.
            tracing::warn!(
                error = &e as &dyn std::error::Error,
                answer.id = old,
                "old answer not deleted"
            );
        }
        let origin = Origin {
            profile,
            app: question.app,
            parent: None,
        };
        let begun = Begun {
            row: answer,
            asked,
            pieces,
        };
        Ok(self.exchange(ask, question.id, origin, begun, turn))
    }
}

/// Returns what was said before the question of the last answer, and the question. What the app itself said since does
/// not count; an answer after an action is refused, as the action would be done twice.
fn last_question(mut rows: Vec<Message>, answer: i64) -> Result<(Vec<Message>, Message), Error> {
    let last = rows.iter().rposition(|row| row.role() != Role::System);
    rows.truncate(last.map_or(0, |last| last + 1));
    let ended = |row: &Message| row.state() != MessageState::Streaming;
    match (rows.pop(), rows.pop()) {
        (Some(last), Some(question))
            if last.id == answer
                && last.role() == Role::Assistant
                && ended(&last)
                && question.role() == Role::User =>
        {
            Ok((rows, question))
        }
        _ => Err(Error::NotLast),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(roles: &[Role]) -> Vec<Message> {
        let row = |(id, role): (i64, &Role)| Message {
            id,
            role: (*role).into(),
            ..Message::default()
        };
        (1..).zip(roles).map(row).collect()
    }

    #[test]
    fn the_last_answer_leads_to_its_question_and_what_came_before() {
        let said = rows(&[Role::User, Role::Assistant, Role::User, Role::Assistant]);
        let (before, question) = last_question(said, 4).expect("a question");
        assert_eq!((before.len(), question.id), (2, 3));
        let greeted = rows(&[Role::User, Role::Assistant, Role::System]);
        assert_eq!(last_question(greeted, 2).expect("a question").1.id, 1);
    }

    #[test]
    fn anything_else_is_refused() {
        let earlier = rows(&[Role::User, Role::Assistant, Role::User, Role::Assistant]);
        assert!(last_question(earlier, 2).is_err());
        let acted = rows(&[Role::User, Role::Tool, Role::Assistant]);
        assert!(last_question(acted, 3).is_err());
        assert!(last_question(rows(&[Role::Assistant]), 1).is_err());
        assert!(last_question(Vec::new(), 1).is_err());
    }
}
