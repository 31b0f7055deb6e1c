//! A few connections that only read, shared by all calls.
use std::{
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError, TryLockError},
};

use super::Connection;
use crate::error::Error;

/// More than the runtime has threads, so that in practice nobody waits.
const READERS: usize = 4;

/// The connections.
pub(super) struct Readers(Vec<Mutex<Connection>>);

impl Readers {
    /// Opens them.
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        let all: Result<_, Error> = (0..READERS)
            .map(|_| Connection::reading(path).map(Mutex::new))
            .collect();
        all.map(Self)
    }

    /// Lends one for a query.
    pub(super) fn with<T>(&self, query: impl FnOnce(&mut Connection) -> T) -> T {
        let mut conn = self.idle().unwrap_or_else(|| {
            self.0[0].lock().unwrap_or_else(PoisonError::into_inner) // reading leaves nothing half done
        });
        query(&mut conn)
    }

    fn idle(&self) -> Option<MutexGuard<'_, Connection>> {
        self.0.iter().find_map(|conn| match conn.try_lock() {
            Ok(conn) => Some(conn),
            Err(TryLockError::Poisoned(conn)) => Some(conn.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        })
    }
}
