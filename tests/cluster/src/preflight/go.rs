//! Go, which builds Kubernetes' programs.

use std::process::Command;

use super::Lack;
use crate::machine::succeed;
use crate::programs::MINIMUM_GO;

pub fn lack() -> Option<Lack> {
    let way_on = format!("install Go {MINIMUM_GO} or later and put its bin directory on PATH");
    let Ok(answer) = succeed(Command::new("go").args(["env", "GOVERSION"])) else {
        return Some(Lack { what: format!("Go {MINIMUM_GO} or later (it is not on PATH)"), way_on });
    };
    let version = answer.trim().trim_start_matches("go");
    let too_old = numbers(version) < numbers(MINIMUM_GO);
    too_old.then(|| Lack { what: format!("Go {MINIMUM_GO} or later (this is {version})"), way_on })
}

/// `1.26.8` and `1.27rc1` alike: a pre-release counts as its release.
fn numbers(version: &str) -> Vec<u32> {
    let digits = |part: &str| part.chars().take_while(char::is_ascii_digit).collect::<String>().parse().unwrap_or(0);
    version.split('.').map(digits).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        assert!(numbers("1.9") < numbers("1.26.6"));
        assert!(numbers("1.26.8") > numbers("1.26.6"));
        assert!(numbers("1.27rc1") > numbers("1.26.6"));
    }
}
