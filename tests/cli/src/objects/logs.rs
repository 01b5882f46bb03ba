//! Log lines in metrics-server's words.

use crate::api::clock;

/// A node that could not be scraped.
pub fn scrape_failed(node: &str, error: &str) -> String {
    let error = error.replace('"', "\\\"");
    line('E', "scraper.go:149", &format!("\"Failed to scrape node\" err=\"{error}\" node=\"{node}\""))
}

/// The error of a request to a kubelet, with why it failed.
pub fn kubelet_request(address: &str, why: &str) -> String {
    format!("Get \"https://{address}:10250/metrics/resource\": {why}")
}

pub fn no_ip_san(address: &str) -> String {
    format!(
        "tls: failed to verify certificate: x509: cannot validate certificate for {address} because it doesn't contain any IP SANs"
    )
}

pub fn unknown_authority() -> String {
    "tls: failed to verify certificate: x509: certificate signed by unknown authority".into()
}

pub fn expired() -> String {
    "tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2026-11-22T10:00:00Z is after 2026-11-01T00:00:00Z".into()
}

pub fn not_yet_valid() -> String {
    "tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2026-11-22T10:00:00Z is before 2026-11-23T00:00:00Z".into()
}

pub fn no_such_host(node: &str) -> String {
    format!("dial tcp: lookup {node} on 10.96.0.10:53: no such host")
}

/// A kubelet without a serving certificate.
pub fn no_certificate() -> String {
    "remote error: tls: internal error".into()
}

/// What the kubelet answered instead of numbers; this is a whole error, not one of a request.
pub fn kubelet_answered(status: &str) -> String {
    format!("request failed, status: \"{status}\"")
}

pub fn not_ready() -> String {
    line('I', "server.go:192", "\"Failed probe\" probe=\"metric-storage-ready\" err=\"no metrics to serve\"")
}

/// A request through the API server's front proxy that is not believed.
pub fn front_proxy() -> String {
    let message = "\"Unable to authenticate the request\" err=\"[x509: certificate signed by unknown authority, verifying certificate SN=1, SKID=, AKID= failed: x509: certificate signed by unknown authority]\"";
    line('E', "authentication.go:75", message)
}

pub fn started(port: u16) -> String {
    line('I', "serving.go:380", "Generated self-signed cert (/tmp/apiserver.crt, /tmp/apiserver.key)")
        + &line('I', "secure_serving.go:214", &format!("Serving securely on [::]:{port}"))
}

/// What it says and ends with, when it does not know a flag.
pub fn unknown_flag(flag: &str) -> String {
    format!(
        "Error: unknown flag: {flag}\nUsage:\n   [flags]\n\nMetrics server flags:\n\npanic: unknown flag: {flag}\n\ngoroutine 1 [running]:\nmain.main()\n"
    )
}

/// One line as klog writes it.
pub fn line(severity: char, place: &str, message: &str) -> String {
    let now = clock::now();
    let date = format!("{}{}", &now[5..7], &now[8..10]);
    format!("{severity}{date} {}.100000       1 {place}] {message}\n", &now[11..19])
}
