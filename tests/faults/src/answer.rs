//! Errors as an API server writes them.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, Response, StatusCode};
use serde_json::{Value, json};

use crate::named::Named;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// 409: somebody else changed the object meanwhile.
    Conflict,
    /// 409: there is one of this name.
    AlreadyExists,
    /// 410: the resource version, or the continue token, is too old.
    Expired,
    /// 429 as a Status with `Retry-After`.
    TooManyRequests { retry_after: u32 },
    /// 429 in plain text with `Retry-After`: how the server's flow control refuses.
    Overloaded { retry_after: u32 },
    /// 500: an admission webhook of this name cannot be reached.
    WebhookFailed { webhook: String },
    /// 503
    Unavailable,
    /// Any other.
    Status { code: u16, reason: String, message: String },
}

impl Answer {
    pub(crate) fn response(&self, named: &Named) -> Response<Bytes> {
        if let Self::Overloaded { retry_after } = self {
            let text = "Too many requests, please try again later.\n".to_owned();
            return whole(429, "text/plain; charset=utf-8", Some(*retry_after), text);
        }
        let status = self.status(named);
        let code = status["code"].as_u64().and_then(|code| u16::try_from(code).ok()).unwrap_or(500);
        let retry_after = match self {
            Self::TooManyRequests { retry_after } => Some(*retry_after),
            _ => None,
        };
        whole(code, "application/json", retry_after, status.to_string() + "\n")
    }

    fn status(&self, named: &Named) -> Value {
        let (what, name) = (named.qualified(), &named.name);
        let mut about = json!({"name": name, "group": named.group, "kind": named.resource});
        if named.group.is_empty() {
            about.as_object_mut().map(|about| about.shift_remove("group"));
        }
        match self {
            Self::Conflict => {
                let why = "the object has been modified; please apply your changes to the latest version and try again";
                let message = format!("Operation cannot be fulfilled on {what} \"{name}\": {why}");
                status(409, "Conflict", &message, &about)
            }
            Self::AlreadyExists => status(409, "AlreadyExists", &format!("{what} \"{name}\" already exists"), &about),
            Self::Expired => expired(),
            Self::TooManyRequests { retry_after } | Self::Overloaded { retry_after } => {
                let details = json!({"retryAfterSeconds": retry_after});
                status(429, "TooManyRequests", "storage is (re)initializing", &details)
            }
            Self::WebhookFailed { webhook } => {
                let cause = webhook_failure(webhook);
                let details = json!({"causes": [{"message": cause}]});
                status(500, "InternalError", &format!("Internal error occurred: {cause}"), &details)
            }
            Self::Unavailable => {
                let message = "the server is currently unable to handle the request";
                status(503, "ServiceUnavailable", message, &Value::Null)
            }
            Self::Status { code, reason, message } => status(*code, reason, message, &Value::Null),
        }
    }
}

fn webhook_failure(webhook: &str) -> String {
    let address = "https://webhook-service.webhooks.svc:443/validate?timeout=10s";
    let refused = "dial tcp 10.96.0.99:443: connect: connection refused";
    format!("failed calling webhook \"{webhook}\": failed to call webhook: Post \"{address}\": {refused}")
}

pub fn expired() -> Value {
    status(410, "Expired", "too old resource version: 1 (2)", &Value::Null)
}

fn status(code: u16, reason: &str, message: &str, details: &Value) -> Value {
    let mut status = json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "message": message, "reason": reason, "details": details, "code": code,
    });
    if details.is_null() {
        status.as_object_mut().map(|status| status.shift_remove("details"));
    }
    status
}

fn whole(code: u16, content_type: &'static str, retry_after: Option<u32>, body: String) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert("cache-control", HeaderValue::from_static("no-cache, private"));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    if let Some(seconds) = retry_after {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn about(path: &str) -> Named {
        Named::of(path, b"")
    }

    #[test]
    fn conflict_names_the_object_as_a_server_does() {
        let response = Answer::Conflict.response(&about("/apis/apps/v1/namespaces/a/deployments/web"));
        assert_eq!(response.status(), 409);
        let expected = r#"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"Operation cannot be fulfilled on deployments.apps \"web\": the object has been modified; please apply your changes to the latest version and try again","reason":"Conflict","details":{"name":"web","group":"apps","kind":"deployments"},"code":409}"#;
        assert_eq!(response.body(), &Bytes::from(format!("{expected}\n")));
    }

    #[test]
    fn each_has_its_code_and_reason() {
        let webhook = Answer::WebhookFailed { webhook: "pools.example".into() };
        let other = Answer::Status { code: 403, reason: "Forbidden".into(), message: "no".into() };
        for (answer, code, reason) in [
            (Answer::AlreadyExists, 409, "AlreadyExists"),
            (Answer::Expired, 410, "Expired"),
            (Answer::TooManyRequests { retry_after: 2 }, 429, "TooManyRequests"),
            (webhook, 500, "InternalError"),
            (Answer::Unavailable, 503, "ServiceUnavailable"),
            (other, 403, "Forbidden"),
        ] {
            let response = answer.response(&about("/api/v1/namespaces/a/configmaps/b"));
            let body: Value = serde_json::from_slice(response.body()).unwrap();
            assert_eq!(response.status().as_u16(), code);
            assert_eq!((body["code"].as_u64(), body["reason"].as_str()), (Some(u64::from(code)), Some(reason)));
            let wanted = if code == 429 { Some("2") } else { None };
            assert_eq!(response.headers().get(RETRY_AFTER).map(|value| value.to_str().unwrap()), wanted);
        }
    }
}
