//! A request on its way to the server, and the head of the reply on its way back.

use bytes::Bytes;
use http::header::{
    ACCEPT_ENCODING, AUTHORIZATION, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, EXPECT, HOST, TE, TRAILER,
};
use http::header::{HeaderMap, HeaderName, TRANSFER_ENCODING, UPGRADE};
use http::{HeaderValue, Request, Response, Version, request};
use http_body_util::Full;

use crate::fault::{Extent, Fault};
use crate::kubeconfig::TOKEN;

/// What concerns one connection only. `Expect` has been met: the request is here whole.
const OF_ONE_CONNECTION: &[HeaderName] = &[CONNECTION, TE, TRAILER, TRANSFER_ENCODING, UPGRADE, EXPECT];

pub fn to_server(
    head: request::Parts,
    body: Bytes,
    authority: HeaderValue,
    fault: Option<&Fault>,
) -> Request<Full<Bytes>> {
    let had_body = head.headers.contains_key(TRANSFER_ENCODING) || head.headers.contains_key(CONTENT_LENGTH);
    let mut headers = passed_on(&head.headers);
    headers.remove(CONTENT_LENGTH);
    if had_body {
        headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
    }
    headers.insert(HOST, authority);
    if headers.get(AUTHORIZATION).is_some_and(is_for_the_proxy) {
        headers.remove(AUTHORIZATION);
    }
    if fault.is_some_and(Fault::counts_events) {
        headers.remove(ACCEPT_ENCODING);
    }
    let mut request = Request::new(Full::new(body));
    *request.method_mut() = head.method;
    *request.uri_mut() = head.uri;
    *request.headers_mut() = headers;
    request
}

fn is_for_the_proxy(authorization: &HeaderValue) -> bool {
    authorization.as_bytes().strip_prefix(b"Bearer ") == Some(TOKEN.as_bytes())
}

/// The head of the reply for the client.
pub fn to_client<B>(response: &Response<B>, fault: Option<&Fault>) -> Response<()> {
    let mut head = Response::new(());
    *head.status_mut() = response.status();
    *head.version_mut() = Version::HTTP_11;
    *head.headers_mut() = passed_on(response.headers());
    // It promises a length that the reply will not have; a connection that breaks keeps its promise broken.
    if matches!(fault, Some(Fault::EndAfter(_) | Fault::ExpireAfter { .. })) {
        head.headers_mut().remove(CONTENT_LENGTH);
    }
    head
}

/// Whether the fault can be done to this reply.
pub fn can_be_cut<B>(response: &Response<B>, fault: &Fault) -> Result<(), String> {
    let kind = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_json = kind.split(';').next() == Some("application/json");
    match fault {
        Fault::CutAfter(Extent::Events(0)) => Ok(()),
        fault if fault.counts_events() && !is_json => {
            Err(format!("the fault proxy counts events only in JSON, and the reply is `{kind}`"))
        }
        _ => Ok(()),
    }
}

fn passed_on(headers: &HeaderMap) -> HeaderMap {
    let mut headers = headers.clone();
    let named: Vec<String> =
        headers.get_all(CONNECTION).iter().filter_map(|value| value.to_str().ok()).map(str::to_owned).collect();
    for name in named.iter().flat_map(|names| names.split(',')) {
        headers.remove(name.trim());
    }
    for name in OF_ONE_CONNECTION {
        headers.remove(name);
    }
    headers.remove("keep-alive");
    headers
}
