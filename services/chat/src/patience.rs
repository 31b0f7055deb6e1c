//! Trying again until storage answers.
use std::time::Duration;

use tokio::time::sleep;

use crate::error::Error;

/// Time between two tries to reach storage.
const PAUSE: Duration = Duration::from_millis(300);

/// Does what may be done twice until storage answers: an end that is not stored would look like work that goes on for
/// ever. A row that somebody deleted meanwhile is fine; then nothing is returned.
pub(crate) async fn patiently<T: Default, F>(work: impl Fn() -> F) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>>,
{
    loop {
        match work().await {
            Err(e) if e.says_missing() => return Ok(T::default()),
            Err(e) if e.says_away() => sleep(PAUSE).await,
            outcome => return outcome,
        }
    }
}
