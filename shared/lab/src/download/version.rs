//! The number of a release.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

/// `v0.16.2`; pre-releases and charts are no releases here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(u32, u32, u32);

impl Version {
    pub const fn new(major: u32, minor: u32, patch: u32) -> Version {
        Version(major, minor, patch)
    }

    /// Major and minor number: what a release has in common with its patches.
    pub const fn line(self) -> (u32, u32) {
        (self.0, self.1)
    }
}

impl FromStr for Version {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Version, &'static str> {
        const EXPECTED: &str = "three numbers are expected, as in v0.9.0";
        let number = |part: Option<&str>| {
            let digits = part.filter(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
            digits.and_then(|digits| digits.parse().ok()).ok_or(EXPECTED)
        };
        let mut parts = text.strip_prefix('v').unwrap_or(text).split('.');
        let version = Version(number(parts.next())?, number(parts.next())?, number(parts.next())?);
        if parts.next().is_some() { Err(EXPECTED) } else { Ok(version) }
    }
}

/// As the tag is written.
impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v{}.{}.{}", self.0, self.1, self.2)
    }
}

impl Serialize for Version {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_read_with_and_without_the_v() {
        for text in ["v0.16.2", "0.16.2"] {
            assert_eq!(text.parse(), Ok(Version::new(0, 16, 2)));
        }
        assert_eq!(Version::new(0, 16, 2).to_string(), "v0.16.2");
    }

    #[test]
    fn nothing_else_is_a_release() {
        for text in [
            "",
            "v",
            "latest",
            "v0.16",
            "v0.16.2.1",
            "v0.17.0-rc.1",
            "metallb-chart-0.16.2",
            "v0.+1.2",
            "v0..2",
            "vv0.16.2",
        ] {
            assert!(text.parse::<Version>().is_err(), "{text}");
        }
    }

    #[test]
    fn numbers_are_compared_as_numbers() {
        assert!(Version::new(0, 9, 9) < Version::new(0, 16, 0));
        assert!(Version::new(0, 16, 2) < Version::new(0, 16, 10));
    }
}
