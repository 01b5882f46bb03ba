//! HTTP/1.1 as far as a Kubernetes client speaks it: requests in, whole or chunked answers out, connections kept alive.

use std::io::{self, BufRead, Read, Write};

/// One request as it came in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    pub method: String,
    /// Decoded, without the query.
    pub path: String,
    pub query: Vec<(String, String)>,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Whether a query parameter is set as Kubernetes reads booleans.
    pub fn flag(&self, name: &str) -> bool {
        self.parameter(name).is_some_and(|value| matches!(value, "" | "true" | "1"))
    }

    pub fn json(&self) -> Option<serde_json::Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// Whether it changes nothing: by its query, or, for a deletion, by the options in its body.
    pub fn is_dry_run(&self) -> bool {
        let says_all = |body: serde_json::Value| body["dryRun"].as_array().is_some_and(|parts| !parts.is_empty());
        self.parameter("dryRun").is_some() || (self.method == "DELETE" && self.json().is_some_and(says_all))
    }

    pub fn user_agent(&self) -> &str {
        self.header("user-agent").unwrap_or_default()
    }

    fn wants_to_close(&self) -> bool {
        self.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"))
    }

    pub fn keeps_alive(&self) -> bool {
        !self.wants_to_close()
    }
}

/// One whole answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    pub status: u16,
    pub content_type: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Response {
    pub fn json(status: u16, body: &serde_json::Value) -> Response {
        let mut body = body.to_string().into_bytes();
        body.push(b'\n');
        Response { status, content_type: "application/json".into(), headers: Vec::new(), body }
    }

    pub fn text(status: u16, body: &str) -> Response {
        let headers = vec![("X-Content-Type-Options".into(), "nosniff".into())];
        Response { status, content_type: "text/plain; charset=utf-8".into(), headers, body: body.into() }
    }

    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Response {
        self.headers.push((name.into(), value.into()));
        self
    }

    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// Reads the next request of a connection; `None` where the client has closed it.
pub fn read(from: &mut impl BufRead) -> io::Result<Option<Request>> {
    let Some(first) = line(from)? else { return Ok(None) };
    let mut words = first.split(' ');
    let (Some(method), Some(target)) = (words.next(), words.next()) else { return Err(malformed("request line")) };
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut request =
        Request { method: method.into(), path: decoded(path), query: parameters(query), ..Request::default() };
    while let Some(header) = line(from)?.filter(|header| !header.is_empty()) {
        let (name, value) = header.split_once(':').ok_or_else(|| malformed("header"))?;
        request.headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    request.body = body(from, &request)?;
    Ok(Some(request))
}

fn body(from: &mut impl BufRead, request: &Request) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    if request.header("transfer-encoding").is_some_and(|encoding| encoding.contains("chunked")) {
        loop {
            let size = line(from)?.ok_or_else(|| malformed("chunk"))?;
            let size = size.split(';').next().unwrap_or_default().trim();
            let size = u64::from_str_radix(size, 16).map_err(|_| malformed("chunk size"))?;
            from.take(size).read_to_end(&mut body)?;
            line(from)?;
            if size == 0 {
                return Ok(body);
            }
        }
    }
    let length = request.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    from.take(length).read_to_end(&mut body)?;
    Ok(body)
}

fn line(from: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut line = String::new();
    if from.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    Ok(Some(line.trim_end_matches(['\r', '\n']).to_owned()))
}

fn malformed(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("malformed {what}"))
}

/// Writes a whole answer, claiming `length` bytes of body (more than there are, to play a connection that breaks midway).
pub fn write(to: &mut impl Write, response: &Response, length: usize) -> io::Result<()> {
    head(to, response.status, &response.content_type, &response.headers)?;
    write!(to, "Content-Length: {length}\r\n\r\n")?;
    to.write_all(&response.body)?;
    to.flush()
}

/// Begins an answer whose end is not known yet.
pub fn begin_chunks(to: &mut impl Write, content_type: &str) -> io::Result<()> {
    head(to, 200, content_type, &[])?;
    to.write_all(b"Transfer-Encoding: chunked\r\n\r\n")?;
    to.flush()
}

pub fn chunk(to: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    if bytes.is_empty() {
        return Ok(());
    }
    write!(to, "{:x}\r\n", bytes.len())?;
    to.write_all(bytes)?;
    to.write_all(b"\r\n")?;
    to.flush()
}

pub fn end_chunks(to: &mut impl Write) -> io::Result<()> {
    to.write_all(b"0\r\n\r\n")?;
    to.flush()
}

fn head(to: &mut impl Write, status: u16, content_type: &str, headers: &[(String, String)]) -> io::Result<()> {
    write!(to, "HTTP/1.1 {status} {}\r\nContent-Type: {content_type}\r\n", phrase(status))?;
    headers.iter().try_for_each(|(name, value)| write!(to, "{name}: {value}\r\n"))
}

fn phrase(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        409 => "Conflict",
        410 => "Gone",
        415 => "Unsupported Media Type",
        422 => "Unprocessable Entity",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "Unknown",
    }
}

fn parameters(query: &str) -> Vec<(String, String)> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decoded(&name.replace('+', " ")), decoded(&value.replace('+', " ")))
        })
        .collect()
}

/// Undoes percent encoding.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let code = (byte == b'%').then(|| after.get(..2)).flatten();
        let code = code.and_then(|hex| std::str::from_utf8(hex).ok()).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match code {
            Some(code) => {
                bytes.push(code);
                rest = &after[2..];
            }
            None => {
                bytes.push(byte);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_two_requests_from_one_connection() {
        let mut wire: &[u8] = b"GET /api?a=b%3Dc&d HTTP/1.1\r\nHost: x\r\nUser-Agent: me\r\n\r\nPOST /x HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}";
        let first = read(&mut wire).unwrap().unwrap();
        assert_eq!((first.parameter("a"), first.flag("d"), first.user_agent()), (Some("b=c"), true, "me"));
        assert_eq!(read(&mut wire).unwrap().unwrap().body, b"{}");
        assert_eq!(read(&mut wire).unwrap(), None);
    }

    #[test]
    fn joins_a_chunked_body() {
        let mut wire: &[u8] =
            b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n";
        assert_eq!(read(&mut wire).unwrap().unwrap().body, b"abcde");
        assert_eq!(read(&mut wire).unwrap().unwrap().method, "GET");
    }
}
