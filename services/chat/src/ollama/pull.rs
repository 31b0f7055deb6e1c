//! Getting a model from Ollama's library: a reply that goes on for as long as the loading takes.
use futures::{StreamExt as _, future::BoxFuture};
use serde::Deserialize;
use serde_json::json;

use super::{Ollama, lines_of, shortened};
use crate::{
    error::Error,
    model::{Progress, Pulling},
};

/// One line of the reply: how far it is, or why it ended.
#[derive(Deserialize)]
struct Line {
    error: Option<String>,
    #[serde(default)]
    status: String,
    #[serde(default)]
    completed: i64,
    #[serde(default)]
    total: i64,
}

impl Ollama {
    /// Begins to get a model. Dropping the progress ends it; the server keeps the parts that are whole.
    pub(super) fn pull(&self, model: &str) -> BoxFuture<'static, Result<Pulling, Error>> {
        let (this, model) = (self.clone(), model.to_owned());
        Box::pin(async move {
            let body = json!({ "model": model, "stream": true });
            let request = this.post(this.host.method("api/pull"), &body);
            let reply = this.send(request, "").await?;
            let progress = lines_of(reply).map(|line| line.and_then(|line| read(&line)));
            Ok(progress.boxed())
        })
    }
}

fn read(line: &[u8]) -> Result<Progress, Error> {
    let line: Line = serde_json::from_slice(line).map_err(|_| Error::Failed {
        reason: "it sent a broken line".to_owned(),
    })?;
    match line.error {
        Some(reason) => Err(Error::Refused {
            reason: shortened(&reason),
        }),
        None => Ok(Progress {
            status: line.status,
            completed: line.completed,
            total: line.total,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_how_far_it_is_or_why_it_ended() {
        let line = br#"{"status":"pulling a1","digest":"sha256:a1","total":9,"completed":3}"#;
        let progress = read(line).expect("progress");
        assert_eq!((progress.completed, progress.total), (3, 9));
        let early = read(br#"{"status":"pulling manifest"}"#).expect("progress");
        assert_eq!(
            (early.status.as_str(), early.total),
            ("pulling manifest", 0)
        );
        let refused = read(br#"{"error":"pull model manifest: file does not exist"}"#);
        assert!(matches!(refused, Err(Error::Refused { .. })));
    }
}
