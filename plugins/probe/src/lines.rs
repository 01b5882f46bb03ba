//! What the pods that ask have written, understood.

use std::net::IpAddr;
use std::time::Duration;

use lab::harmless::one_line;

use crate::event::{Failure, Outcome};

/// wget does not say by which status it was led elsewhere: this one stands for all that do.
const ELSEWHERE: Outcome = Outcome::Answered(302);

/// A line of a pod that asks with a connection for each request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    Asked { number: u32, took: Duration, outcome: Outcome, text: String },
    Skipped(u32),
}

/// `host`: who was asked.
pub fn read(line: &str, host: &str) -> Option<Said> {
    let (word, rest) = line.split_once(' ')?;
    match word {
        "skipped" => Some(Said::Skipped(rest.trim().parse().ok()?)),
        "answer" => {
            let mut words = rest.splitn(5, ' ');
            let number = words.next()?.parse().ok()?;
            let (from, to) = (hundredths(words.next()?)?, hundredths(words.next()?)?);
            let code: i32 = words.next()?.parse().ok()?;
            let text = words.next().unwrap_or_default().trim().to_owned();
            let took = Duration::from_millis(to.saturating_sub(from).saturating_mul(10));
            Some(Said::Asked { number, took, outcome: outcome(code, &text, host), text })
        }
        _ => None,
    }
}

/// Seconds with two digits behind the point.
fn hundredths(text: &str) -> Option<u64> {
    let (seconds, rest) = text.split_once('.')?;
    Some(seconds.parse::<u64>().ok()?.checked_mul(100)? + rest.parse::<u64>().ok().filter(|rest| *rest < 100)?)
}

/// By wget's exit code and words.
fn outcome(code: i32, text: &str, host: &str) -> Outcome {
    if code == 0 {
        return Outcome::Answered(200);
    }
    if is_of_another(text, host) {
        return ELSEWHERE;
    }
    if let Some((_, status)) = text.split_once("server returned error: HTTP/") {
        let status = status.split(' ').nth(1).and_then(|status| status.parse().ok());
        return status.map_or_else(|| Outcome::Silent(Failure::Other(one_line(text))), Outcome::Answered);
    }
    Outcome::Silent(failure(code, text))
}

/// Whether wget speaks of another host than the one that was asked: it follows a page that leads there. What a name stands for only DNS knows,
/// which may still give an address of before.
fn is_of_another(text: &str, asked: &str) -> bool {
    let named = |before: &str, after: char| Some(text.split_once(before)?.1.split_once(after)?.0);
    let host = named("bad address '", '\'').map(|name| name.split_once(':').map_or(name, |(host, _)| host));
    let address = named("remote host (", ')').and_then(|text| text.parse::<IpAddr>().ok());
    host.is_some_and(|host| host != asked)
        || asked.parse::<IpAddr>().ok().zip(address).is_some_and(|(asked, other)| asked != other)
}

/// Why wget, or nc, was not answered.
pub fn failure(code: i32, text: &str) -> Failure {
    let has = |words: &str| text.contains(words);
    if has("bad address") {
        Failure::UnknownName
    } else if has("onnection refused") {
        Failure::Refused
    } else if matches!(code, 124 | 137 | 143) || has("timed out") {
        Failure::TimedOut
    } else if has("o route to host") || has("unreachable") {
        Failure::NoRoute
    } else if code == 127 {
        Failure::Other(format!("the image cannot ask: {}", one_line(text)))
    } else if text.is_empty() {
        Failure::Other(format!("wget ended with code {code}"))
    } else {
        Failure::Other(one_line(text.rsplit("wget: ").next().unwrap_or(text)))
    }
}

/// What comes back over one connection, taken apart into answers.
#[derive(Clone, Debug, Default)]
pub struct Stream {
    status: Option<u16>,
    text: String,
    pub answers: u32,
    /// What nc said instead.
    pub complaint: String,
}

/// So much of an answer is looked at.
const ENOUGH: usize = 2000;

impl Stream {
    /// The answers that end with this line: a status line may stand behind a page that does not end its own.
    pub fn take(&mut self, line: &str) -> Vec<(u16, String)> {
        let mut whole = Vec::new();
        let mut rest = line;
        while let Some((at, status)) = status_line(rest) {
            self.add(&rest[..at]);
            whole.extend(self.end());
            self.status = Some(status);
            rest = rest[at..].get("HTTP/1.1 200".len()..).unwrap_or_default();
        }
        self.add(rest);
        whole
    }

    /// Nothing more comes.
    pub fn end(&mut self) -> Option<(u16, String)> {
        let status = self.status.take()?;
        self.answers += 1;
        Some((status, std::mem::take(&mut self.text)))
    }

    fn add(&mut self, text: &str) {
        let into = if self.status.is_some() { &mut self.text } else { &mut self.complaint };
        if into.len() < ENOUGH && text != "begin" && !text.trim().is_empty() {
            into.push(' ');
            into.push_str(text);
        }
    }
}

/// Where the next one begins, and its status.
fn status_line(text: &str) -> Option<(usize, u16)> {
    text.match_indices("HTTP/1.").find_map(|(at, _)| {
        let line = text.get(at..at + "HTTP/1.1 200".len())?;
        let status = line.get(8..)?.strip_prefix(' ')?;
        Some((at, status.parse().ok().filter(|status| (100..600).contains(status))?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOST: &str = "demo-ap";

    fn read(line: &str) -> Option<Said> {
        super::read(line, HOST)
    }

    #[test]
    fn a_line_is_a_request() {
        let said = read("answer 12 26318.79 26318.81 0 Running demo-1 (10.0.0.1) on lab-1 ");
        assert_eq!(
            said,
            Some(Said::Asked {
                number: 12,
                took: Duration::from_millis(20),
                outcome: Outcome::Answered(200),
                text: "Running demo-1 (10.0.0.1) on lab-1".into(),
            })
        );
        assert_eq!(read("skipped 13"), Some(Said::Skipped(13)));
        for odd in
            ["", "begin", "answer", "answer x 1.00 1.00 0", "answer 1 1 2 0", "answer 1 1.00 1.00", "sh: not found"]
        {
            assert_eq!(read(odd), None, "{odd}");
        }
    }

    #[test]
    fn what_wget_says_is_understood() {
        for (code, text, meant) in [
            (0, "", Outcome::Answered(200)),
            (1, "wget: server returned error: HTTP/1.1 404 Not Found", Outcome::Answered(404)),
            (1, "wget: bad address 'demo-ap'", Outcome::Silent(Failure::UnknownName)),
            (
                1,
                "wget: can't connect to remote host (10.96.0.7): Connection refused",
                Outcome::Silent(Failure::Refused),
            ),
            (1, "wget: can't connect to remote host (10.96.0.7): No route to host", Outcome::Silent(Failure::NoRoute)),
            (143, "Terminated", Outcome::Silent(Failure::TimedOut)),
            (124, "", Outcome::Silent(Failure::TimedOut)),
            (1, "wget: error getting response", Outcome::Silent(Failure::Other("error getting response".into()))),
            (
                127,
                "sh: wget: not found",
                Outcome::Silent(Failure::Other("the image cannot ask: sh: wget: not found".into())),
            ),
        ] {
            assert_eq!(outcome(code, text, HOST), meant, "{text}");
        }
    }

    /// Such as a login page elsewhere, which the cluster cannot reach: whoever was asked has answered.
    #[test]
    fn a_page_that_leads_to_another_host_is_an_answer() {
        assert_eq!(outcome(1, "wget: bad address 'login.example.com'", HOST), ELSEWHERE);
        for why in ["Connection refused", "No route to host"] {
            let elsewhere = format!("wget: can't connect to remote host (192.0.2.9): {why}");
            assert_eq!(outcome(1, &elsewhere, "10.96.0.7"), ELSEWHERE, "{why}");
        }
        // DNS may still give the address that the Service had before.
        let refused = "wget: can't connect to remote host (192.0.2.9): Connection refused";
        assert_eq!(outcome(1, refused, HOST), Outcome::Silent(Failure::Refused));
    }

    #[test]
    fn answers_over_one_connection_are_told_apart() {
        let mut stream = Stream::default();
        let mut all = Vec::new();
        for line in [
            "begin",
            "HTTP/1.1 200 OK ",
            "Content-Length: 24 ",
            " ",
            "Running x (10.0.0.1) on nHTTP/1.1 404 Not Found ",
            " ",
            "no HTTP/1.1 here",
        ] {
            all.extend(stream.take(line));
        }
        all.extend(stream.end());
        let seen: Vec<(u16, bool)> =
            all.iter().map(|(status, text)| (*status, text.contains("Running x (10.0.0.1)"))).collect();
        assert_eq!(seen, [(200, true), (404, false)]);
        assert_eq!((stream.answers, stream.complaint.as_str()), (2, ""));
        let mut refused = Stream::default();
        assert!(refused.take("nc: can't connect to remote host (10.0.0.1): Connection refused").is_empty());
        assert!(refused.end().is_none() && refused.complaint.contains("refused"));
    }
}
