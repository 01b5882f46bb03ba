//! The same question many times from this machine, each with a connection of its own, or all with one.

use std::time::{Duration, Instant};

use futures::stream::{self, StreamExt as _};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use reqwest::{Client, redirect::Policy};

use crate::harmless::one_line;
use crate::transport::Trouble;

/// What is asked, and how often.
#[derive(Clone, Debug)]
pub struct Questions<'q> {
    pub url: &'q str,
    /// Name and value.
    pub headers: &'q [(String, String)],
    /// Each request names itself with this and its number, as its user agent.
    pub mark: &'q str,
    pub count: u32,
    pub at_once: usize,
    /// Between one request and the next.
    pub pause: Duration,
    pub patience: Duration,
    /// All over one connection.
    pub keep_alive: bool,
}

/// What came of one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Got {
    pub number: u32,
    pub took: Duration,
    /// The status and the beginning of what was answered, or why there was no answer.
    pub answer: Result<(u16, String), Silence>,
}

/// Why no answer came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Silence {
    UnknownName,
    Refused,
    TimedOut,
    Other(String),
}

/// So much of an answer is read for what it says; the rest is let go by.
const ENOUGH: usize = 1000;

/// Asks from this machine. Certificates are not checked, no proxy is used and no redirect is followed.
///
/// # Errors
/// Where a header cannot be one.
pub async fn get_many(questions: &Questions<'_>, tell: &mut dyn FnMut(Got)) -> Result<(), String> {
    let client = client(questions)?;
    let asked = (1..=questions.count).map(|number| {
        let client = &client;
        async move {
            if !questions.pause.is_zero() && number > 1 {
                tokio::time::sleep(questions.pause).await;
            }
            get(client, questions, number).await
        }
    });
    let at_once = if questions.keep_alive { 1 } else { questions.at_once.max(1) };
    let mut answers = stream::iter(asked).buffer_unordered(at_once);
    while let Some(got) = answers.next().await {
        tell(got);
    }
    Ok(())
}

async fn get(client: &Client, questions: &Questions<'_>, number: u32) -> Got {
    let started = Instant::now();
    let agent = format!("{}{number}", questions.mark);
    let answer = match client.get(questions.url).header(USER_AGENT, agent).send().await {
        Ok(response) => {
            let status = response.status().as_u16();
            Ok((status, beginning(response).await))
        }
        Err(error) => Err(silence(&error)),
    };
    Got { number, took: started.elapsed(), answer }
}

/// Read to its end, so that the connection can be used again.
async fn beginning(mut response: reqwest::Response) -> String {
    let mut bytes = Vec::new();
    while let Ok(Some(more)) = response.chunk().await {
        let room = ENOUGH - bytes.len().min(ENOUGH);
        bytes.extend_from_slice(&more[..more.len().min(room)]);
    }
    one_line(&String::from_utf8_lossy(&bytes))
}

fn silence(error: &reqwest::Error) -> Silence {
    if error.is_timeout() {
        return Silence::TimedOut;
    }
    match Trouble::of(error) {
        Some(Trouble::UnknownName(_)) => Silence::UnknownName,
        Some(Trouble::Refused) => Silence::Refused,
        Some(Trouble::TimedOut) => Silence::TimedOut,
        Some(other) => Silence::Other(other.cause()),
        None => Silence::Other(one_line(&error.to_string())),
    }
}

fn client(questions: &Questions<'_>) -> Result<Client, String> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut headers = HeaderMap::new();
    for (name, value) in questions.headers {
        let name = HeaderName::try_from(name).map_err(|error| format!("{name:?} is no name of a header: {error}"))?;
        let value =
            HeaderValue::try_from(value).map_err(|error| format!("{value:?} is no value of a header: {error}"))?;
        headers.append(name, value);
    }
    let idle = if questions.keep_alive { 1 } else { 0 };
    Client::builder()
        .no_proxy()
        .redirect(Policy::none())
        .http1_only()
        .tls_danger_accept_invalid_certs(true)
        .timeout(questions.patience)
        .default_headers(headers)
        .pool_max_idle_per_host(idle)
        .build()
        .map_err(|error| one_line(&error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake_server::{FakeServer, answer, closed_port};

    fn ask(url: &str, headers: &[(String, String)]) -> Vec<Got> {
        let questions = Questions {
            url,
            headers,
            mark: "probe/",
            count: 3,
            at_once: 2,
            pause: Duration::ZERO,
            patience: Duration::from_millis(500),
            keep_alive: false,
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let mut all = Vec::new();
        runtime.block_on(get_many(&questions, &mut |got| all.push(got))).unwrap();
        all.sort_by_key(|got| got.number);
        all
    }

    #[test]
    fn every_request_is_marked_and_answered() {
        let server = FakeServer::http(|_| answer("404 Not Found", &[], "Running web-1\n(10.0.0.1)"));
        let headers = [("Host".to_owned(), "web.example".to_owned())];
        let all = ask(&format!("http://127.0.0.1:{}/page", server.port), &headers);
        assert!(all.iter().all(|got| got.answer == Ok((404, "Running web-1 (10.0.0.1)".into()))), "{all:?}");
        let asked = server.asked();
        let mut agents: Vec<&str> = asked.iter().filter_map(|asked| asked.header("user-agent")).collect();
        agents.sort_unstable();
        assert_eq!(agents, ["probe/1", "probe/2", "probe/3"]);
        assert!(asked.iter().all(|asked| asked.line == "GET /page" && asked.header("host") == Some("web.example")));
    }

    #[test]
    fn why_no_answer_came_is_told() {
        let refused = ask(&format!("http://127.0.0.1:{}/", closed_port()), &[]);
        assert!(refused.iter().all(|got| got.answer == Err(Silence::Refused)), "{refused:?}");
        let silent = FakeServer::silent();
        let silent = ask(&format!("http://127.0.0.1:{}/", silent.port), &[]);
        assert!(silent.iter().all(|got| got.answer == Err(Silence::TimedOut)), "{silent:?}");
    }
}
