//! Whose turn it is: a profile's conversation has one answer at a time.
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use crate::error::Error;

/// Long enough for a stop to arrive and be stored, so that a question right after it is not refused.
const GRACE: Duration = Duration::from_millis(250);
/// Questions off the record that may be open at a time.
const OFF_RECORD: usize = 4;

/// Hands out turns.
pub(crate) struct Turns {
    profiles: Mutex<HashMap<i64, Arc<Semaphore>>>,
    off_record: Arc<Semaphore>,
}

/// A turn; the next one can begin when it is dropped.
pub(crate) type Turn = OwnedSemaphorePermit;

impl Turns {
    pub(crate) fn new() -> Self {
        Self {
            profiles: Mutex::default(),
            off_record: Arc::new(Semaphore::new(OFF_RECORD)),
        }
    }

    /// Takes the turn of a profile's conversation, or says that the model is still answering there.
    pub(crate) async fn of_profile(&self, profile: i64) -> Result<Turn, Error> {
        let turn = self.semaphore(profile).acquire_owned();
        match timeout(GRACE, turn).await {
            Ok(Ok(turn)) => Ok(turn),
            _ => Err(Error::StillAnswering),
        }
    }

    /// Takes a turn off the record, if not too many are taken.
    pub(crate) fn off_record(&self) -> Result<Turn, Error> {
        self.off_record
            .clone()
            .try_acquire_owned()
            .map_err(|_| Error::TooMany)
    }

    fn semaphore(&self, profile: i64) -> Arc<Semaphore> {
        self.profiles
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(profile)
            .or_insert_with(|| Arc::new(Semaphore::new(1)))
            .clone()
    }
}
