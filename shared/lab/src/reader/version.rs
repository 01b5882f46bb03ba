//! Which Kubernetes the API server is.

use serde_json::Value;

use super::{Answer, Reader};
use crate::error::{Error, Result};

impl Reader<'_> {
    /// Major and minor number of the API server's version.
    pub async fn server_version(&self) -> Result<(u32, u32)> {
        let broken = |what: String| Error::failed("could not read the version of the API server").cause(what);
        match self.ask("/version").await? {
            Answer::Found(answer) => {
                numbers(&answer).ok_or_else(|| broken(crate::harmless::one_line(&answer.to_string())))
            }
            Answer::Refused(_, message) => Err(broken(message)),
        }
    }
}

fn numbers(answer: &Value) -> Option<(u32, u32)> {
    let number = |key: &str| {
        let text = answer.get(key)?.as_str()?;
        // Some distributions write "33+".
        text.trim_end_matches(|c: char| !c.is_ascii_digit()).parse().ok()
    };
    number("major").zip(number("minor"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_plus_after_the_number_is_no_part_of_it() {
        assert_eq!(numbers(&json!({ "major": "1", "minor": "33+" })), Some((1, 33)));
        assert_eq!(numbers(&json!({ "major": "1", "minor": "37" })), Some((1, 37)));
        assert_eq!(numbers(&json!({ "major": "1" })), None);
    }
}
