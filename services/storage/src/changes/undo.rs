//! Putting rows back as they were.
use serde::de::DeserializeOwned;

use super::log::{self, Change};
use crate::{
    db::{Record, Tx},
    error::Error,
    message::Message,
    pipeline::Pipeline,
    profile::Profile,
    setting::Setting,
    task::Task,
};

/// Puts the rows of a group back, the last changed first, so that what belongs to another row comes after it. Returns
/// how many.
pub(crate) fn undo(tx: &mut Tx<'_>, group: i64) -> Result<usize, Error> {
    let changes = log::group(tx.conn(), group)?;
    if changes.is_empty() {
        return Err(Error::Missing {
            topic: "group",
            key: group.to_string(),
        });
    }
    for change in &changes {
        match change.topic.as_str() {
            Profile::TOPIC => put_back::<Profile>(tx, change),
            Task::TOPIC => put_back::<Task>(tx, change),
            Setting::TOPIC => put_back::<Setting>(tx, change),
            Message::TOPIC => put_back::<Message>(tx, change),
            Pipeline::TOPIC => put_back::<Pipeline>(tx, change),
            _ => Err(changed_since(change)), // of a table that this version does not undo
        }?;
    }
    Ok(changes.len())
}

fn put_back<R: Record>(tx: &mut Tx<'_>, change: &Change) -> Result<(), Error> {
    let before: Option<R> = row(change.before.as_deref())?;
    let after: Option<R> = row(change.after.as_deref())?;
    let now = R::find(tx.conn(), &change.id)?;
    let untouched = match (&after, &now) {
        (Some(after), Some(now)) => after.same(now),
        (None, None) => true,
        _ => false,
    };
    if !untouched {
        return Err(changed_since(change));
    }
    match (before, now) {
        (Some(before), Some(now)) => {
            let before = before.over(&now);
            tx.updated(&now, &before)
        }
        (Some(before), None) => tx.inserted(&before),
        (None, Some(now)) => tx.deleted(&now),
        (None, None) => Ok(()),
    }
}

fn row<R: DeserializeOwned>(json: Option<&str>) -> Result<Option<R>, Error> {
    json.map(serde_json::from_str)
        .transpose()
        .map_err(Error::Log)
}

fn changed_since(change: &Change) -> Error {
    Error::ChangedSince {
        topic: change.topic.clone(),
        key: change.id.clone(),
        group: change.group,
    }
}
