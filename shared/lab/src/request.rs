//! Sending one request: with a time limit, and with failures that keep what the server said.

use std::time::Duration;

use futures::TryFutureExt as _;
use http::{Method, Request, StatusCode};
use serde_json::Value;

use crate::connect::{Session, failure};
use crate::error::Error;
use crate::rights::Right;

/// One request to the API server.
pub(crate) struct Call<'c> {
    pub method: Method,
    /// Path and query.
    pub uri: String,
    pub body: Option<&'c Value>,
    pub content_type: &'static str,
    pub accept: &'static str,
}

pub(crate) const JSON: &str = "application/json";
pub(crate) const JSON_PATCH: &str = "application/json-patch+json";
/// Server-side apply; JSON is YAML.
pub(crate) const APPLY: &str = "application/apply-patch+yaml";

/// A request that brought no success.
pub(crate) enum Failed {
    Kube(Box<kube::Error>),
    /// No answer within the time limit.
    Silent(Duration),
    /// The answer could not be understood.
    Garbled(String),
}

impl Call<'_> {
    pub fn get(uri: impl Into<String>) -> Self {
        Call { method: Method::GET, uri: uri.into(), body: None, content_type: JSON, accept: JSON }
    }

    pub async fn send(&self, session: &Session) -> Result<Value, Failed> {
        let text = self.send_for_text(session).await?;
        serde_json::from_str(&text).map_err(|error| Failed::Garbled(error.to_string()))
    }

    /// A server that is too busy names the time after which to ask again; that is honoured a few times.
    pub async fn send_for_text(&self, session: &Session) -> Result<String, Failed> {
        let mut patience = [250, 1000, 3000].into_iter();
        loop {
            let asked = session.client.request_text(self.request()?);
            let answer = within(session.request_timeout, asked.map_err(Failed::from)).await;
            match (&answer, patience.next()) {
                (Err(failed), Some(pause)) if failed.code() == Some(StatusCode::TOO_MANY_REQUESTS.as_u16()) => {
                    tokio::time::sleep(Duration::from_millis(pause)).await;
                }
                _ => return answer,
            }
        }
    }

    pub fn request(&self) -> Result<Request<Vec<u8>>, Failed> {
        let body = self.body.map(|body| body.to_string().into_bytes()).unwrap_or_default();
        Request::builder()
            .method(&self.method)
            .uri(&self.uri)
            .header(http::header::ACCEPT, self.accept)
            .header(http::header::CONTENT_TYPE, self.content_type)
            .body(body)
            .map_err(|error| Failed::Garbled(error.to_string()))
    }
}

/// What comes within the time limit of a request; zero is no limit.
pub(crate) async fn within<T>(limit: Duration, answer: impl Future<Output = Result<T, Failed>>) -> Result<T, Failed> {
    if limit.is_zero() {
        return answer.await;
    }
    tokio::time::timeout(limit, answer).await.unwrap_or(Err(Failed::Silent(limit)))
}

impl From<kube::Error> for Failed {
    fn from(error: kube::Error) -> Failed {
        Failed::Kube(Box::new(error))
    }
}

impl Failed {
    /// The HTTP status, where the server answered.
    pub fn code(&self) -> Option<u16> {
        match self {
            Failed::Kube(error) => match error.as_ref() {
                kube::Error::Api(status) => Some(status.code),
                _ => None,
            },
            _ => None,
        }
    }

    pub fn is(&self, code: StatusCode) -> bool {
        self.code() == Some(code.as_u16())
    }

    /// The API server could not ask an admission webhook, or the webhook was not able to judge: during an upgrade an
    /// old one still answers whose own rights are gone already, and that is no verdict.
    pub fn is_of_webhook(&self) -> bool {
        let message = self.message();
        let unreachable = self.is(StatusCode::INTERNAL_SERVER_ERROR) && message.contains("failed calling webhook");
        let unable =
            message.contains("denied the request") && message.contains("is forbidden: User \"system:serviceaccount:");
        unreachable || unable
    }

    /// What the server said, without ornament.
    pub fn message(&self) -> String {
        match self {
            Failed::Kube(error) => match error.as_ref() {
                kube::Error::Api(status) => crate::harmless::harmless(&status.message),
                other => crate::harmless::harmless(&other.to_string()),
            },
            Failed::Silent(limit) => format!("no answer within {}", humantime::format_duration(*limit)),
            Failed::Garbled(why) => format!("the answer could not be understood: {}", crate::harmless::harmless(why)),
        }
    }

    pub fn explain(self, session: &Session, what: &str, right: Option<&Right>) -> Error {
        match self {
            Failed::Kube(error) => failure::explain(session, what, right, *error),
            Failed::Silent(limit) => failure::silent(session, what, limit),
            Failed::Garbled(why) => failure::garbled(session, what, &crate::harmless::one_line(&why)),
        }
    }
}

/// A value as it may stand in a query.
pub(crate) fn query(pairs: &[(&str, &str)]) -> String {
    let mut text = String::new();
    for (key, value) in pairs {
        text.push(if text.is_empty() { '?' } else { '&' });
        text.push_str(key);
        text.push('=');
        for byte in value.bytes() {
            match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => text.push(byte as char),
                _ => text.push_str(&format!("%{byte:02X}")),
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_selector_is_escaped() {
        let text = super::query(&[("labelSelector", "k8s-app=metrics-server,a in (b)"), ("limit", "500")]);
        assert_eq!(text, "?labelSelector=k8s-app%3Dmetrics-server%2Ca%20in%20%28b%29&limit=500");
    }
}
