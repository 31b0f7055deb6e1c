//! What a page sends with a change.
use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
};
use serde::de::DeserializeOwned;

use super::Ask;
use crate::{
    Gateway,
    error::{Error, Failure},
};

/// What a form or a JSON body holds. Anything that is not wholly understood is refused.
pub struct Input<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Arc<Gateway>> for Input<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, gateway: &Arc<Gateway>) -> Result<Self, Failure> {
        let ask = Ask::of(request.headers());
        let is_json = request
            .headers()
            .get("content-type")
            .is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
        let body = Bytes::from_request(request, gateway)
            .await
            .map_err(|e| Failure {
                ask,
                error: Error::Unreadable(e.body_text()),
            })?;
        let read = if is_json {
            serde_json::from_slice(&body).map_err(|e| e.to_string())
        } else {
            serde_html_form::from_bytes(&body).map_err(|e| e.to_string())
        };
        read.map(Self).map_err(|reason| Failure {
            ask,
            error: Error::Unreadable(format!("what was sent can not be read: {reason}")),
        })
    }
}
