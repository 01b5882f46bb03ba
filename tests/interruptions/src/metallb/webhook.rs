//! What MetalLB's webhook answers: a pool whose addresses cannot be read is refused, and all else is allowed.

use std::convert::Infallible;
use std::net::IpAddr;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

pub async fn serve(listener: TcpListener, acceptor: TlsAcceptor) {
    loop {
        // One that broke before it was accepted is its client's matter.
        if let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(talk(stream, acceptor.clone()));
        }
    }
}

async fn talk(stream: TcpStream, acceptor: TlsAcceptor) {
    if let Ok(stream) = acceptor.accept(stream).await {
        // How it ended, the API server says to whoever asked it.
        let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(reply)).await;
    }
}

async fn reply(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let is_review = request.uri().path().starts_with("/validate-metallb-io-");
    let body = request.into_body().collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let review: Option<Value> = serde_json::from_slice(&body).ok().filter(|_| is_review);
    let mut response = Response::new(Full::default());
    match review {
        Some(review) => {
            *response.body_mut() = Full::from(answer(&review).to_string());
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        None => *response.status_mut() = StatusCode::NOT_FOUND,
    }
    Ok(response)
}

fn answer(review: &Value) -> Value {
    let request = &review["request"];
    let mut response = json!({"uid": request["uid"], "allowed": true});
    if let Some(why) = complaint(&request["object"]) {
        response["allowed"] = json!(false);
        response["status"] = json!({"code": 403, "reason": "Forbidden", "message": why});
    }
    json!({"apiVersion": review["apiVersion"], "kind": review["kind"], "response": response})
}

/// In MetalLB's words.
fn complaint(object: &Value) -> Option<String> {
    let name = object["metadata"]["name"].as_str().unwrap_or_default();
    let addresses = object["spec"]["addresses"].as_array().filter(|_| object["kind"] == "IPAddressPool")?;
    let unreadable = addresses.iter().filter_map(Value::as_str).find(|text| first_address(text).is_none())?;
    let why = format!("invalid CIDR {unreadable:?}");
    Some(format!("parsing address pool {name}: {why} in pool {name:?}: {why}"))
}

/// Of `A-B` or a CIDR.
pub fn first_address(range: &str) -> Option<IpAddr> {
    let address = |text: &str| text.trim().parse::<IpAddr>().ok();
    if let Some((from, to)) = range.split_once('-') {
        let (from, to) = (address(from)?, address(to)?);
        return (from <= to).then_some(from);
    }
    let (network, length) = range.split_once('/')?;
    let network = address(network)?;
    let longest = if network.is_ipv4() { 32 } else { 128 };
    length.parse::<u8>().is_ok_and(|length| length <= longest).then_some(network)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn review(kind: &str, addresses: &[&str]) -> Value {
        let object = json!({"kind": kind, "metadata": {"name": "p"}, "spec": {"addresses": addresses}});
        json!({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": {"uid": "u", "object": object}})
    }

    #[test]
    fn only_a_pool_that_cannot_be_read_is_refused() {
        let allowed = |kind, addresses: &[&str]| answer(&review(kind, addresses))["response"]["allowed"] == true;
        assert!(allowed("IPAddressPool", &["172.30.0.200-172.30.0.220", "10.0.0.0/29", "fd00::/120"]));
        assert!(allowed("L2Advertisement", &["nonsense"]));
        for unreadable in ["nonsense", "172.30.0.230", "10.0.0.0/33", "172.30.0.9-172.30.0.1"] {
            assert!(!allowed("IPAddressPool", &[unreadable]), "{unreadable}");
        }
    }

    #[test]
    fn answer_belongs_to_its_question() {
        let answer = answer(&review("IPAddressPool", &["nonsense"]));
        assert_eq!((&answer["kind"], &answer["response"]["uid"]), (&json!("AdmissionReview"), &json!("u")));
        let why = answer["response"]["status"]["message"].as_str().unwrap_or_default();
        assert!(why.starts_with("parsing address pool p: invalid CIDR \"nonsense\""), "{why}");
    }
}
