//! Lines by which a server logs a request: the common and the combined format, and JSON.

use serde_json::Value;

/// Whether a line is about one request that was answered.
pub fn is_request(line: &str) -> bool {
    let line = line.trim();
    if line.starts_with('{') { is_json(line) } else { is_common(line) }
}

/// `… "GET /path HTTP/1.1" 200 …`
fn is_common(line: &str) -> bool {
    let Some((_, rest)) = line.split_once('"') else { return false };
    let Some((request, rest)) = rest.split_once("\" ") else { return false };
    let mut words = request.split(' ');
    let method = words.next().unwrap_or_default();
    let is_http = words.next_back().is_some_and(|word| word.starts_with("HTTP/"));
    is_method(method) && is_http && rest.split(' ').next().is_some_and(is_status)
}

fn is_method(word: &str) -> bool {
    (3..=7).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_uppercase())
}

fn is_status(word: &str) -> bool {
    word.len() == 3 && word.parse().is_ok_and(|number: u16| (100..600).contains(&number))
}

/// Loggers agree on no names; these are the usual ones, flat or one level down.
const STATUS: [&str; 8] =
    ["status", "status_code", "statusCode", "response_code", "code", "http_status", "http.status_code", "res_status"];
const METHOD: [&str; 7] = ["method", "request_method", "http_method", "verb", "http.method", "req_method", "request"];

fn is_json(line: &str) -> bool {
    let Ok(Value::Object(fields)) = serde_json::from_str(line) else { return false };
    let nested = fields.values().filter_map(Value::as_object).flatten();
    let all: Vec<(&String, &Value)> = fields.iter().chain(nested).collect();
    let has = |names: &[&str], fits: &dyn Fn(&Value) -> bool| {
        all.iter().any(|(name, value)| names.contains(&name.as_str()) && fits(value))
    };
    let is_status = |value: &Value| match value {
        Value::Number(number) => is_status(&number.to_string()),
        Value::String(text) => is_status(text),
        _ => false,
    };
    let is_method = |value: &Value| value.as_str().and_then(|text| text.split(' ').next()).is_some_and(is_method);
    has(&STATUS, &is_status) && has(&METHOD, &is_method)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_told_from_other_lines() {
        for line in [
            r#"10.244.2.9 - - [23/Nov/2026:05:00:00 +0000] "GET / HTTP/1.1" 200 612 "-" "Wget" "-""#,
            r#"::1 - frank [10/Oct/2000:13:55:36 -0700] "POST /a%20b?c HTTP/1.0" 503 2326"#,
            r#"demo.example:80 10.0.0.1 - - [x] "OPTIONS * HTTP/2.0" 204 0"#,
            r#"{"time":"x","method":"GET","uri":"/","status":200}"#,
            r#"{"request":"GET / HTTP/1.1","status":"404"}"#,
            r#"{"msg":"done","req":{"method":"PUT"},"res":{"statusCode":500}}"#,
        ] {
            assert!(is_request(line), "{line}");
        }
        for line in [
            "",
            "2026/11/23 05:00:00 [notice] 1#1: start worker processes",
            r#"said "GET lost HTTP" 200"#,
            r#"a "GET / HTTP/1.1" and more"#,
            r#"10.0.0.1 - - [x] "GET / HTTP/1.1" 2000 1"#,
            r#"{"level":"info","msg":"GET it","status":200}"#,
            r#"{"method":"GET"}"#,
            r#"{"method":"GET","status":200"#,
            "[200]",
        ] {
            assert!(!is_request(line), "{line}");
        }
    }
}
