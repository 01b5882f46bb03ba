//! The requests that MetalLB's webhook has a say in, and how the API server answered them.

use lab_faults::Seen;

/// What the API server answers where a webhook that it has to ask does not answer.
const WEBHOOK_FAILED: u16 = 500;
const WRITES: [&str; 3] = ["POST", "PUT", "PATCH"];
const GUARDED: &str = "/apis/metallb.io/";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tries {
    /// The answer to the first of them.
    pub first: Option<u16>,
    /// How many were answered that the webhook failed.
    pub refused: usize,
}

impl Tries {
    /// Dry runs are tries too: they ask the webhook as well. What the server does not know yet (404) never came so far.
    pub fn among(requests: &[Seen]) -> Tries {
        let asks = |seen: &&Seen| WRITES.contains(&seen.method.as_str()) && seen.path.starts_with(GUARDED);
        let answers: Vec<u16> =
            requests.iter().filter(asks).filter_map(|seen| seen.served).filter(|status| *status != 404).collect();
        let refused = answers.iter().filter(|status| **status == WEBHOOK_FAILED).count();
        Tries { first: answers.first().copied(), refused }
    }

    pub fn met_a_webhook_that_was_not_up(self) -> bool {
        self.first == Some(WEBHOOK_FAILED)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(method: &str, path: &str, served: u16) -> Seen {
        Seen::made_up(method, path).answered(served)
    }

    #[test]
    fn only_writes_that_reached_the_webhook_count() {
        let pools = "/apis/metallb.io/v1beta1/namespaces/metallb-system/ipaddresspools";
        let requests = [
            seen("POST", "/apis/apps/v1/namespaces/metallb-system/deployments", 500),
            seen("GET", pools, 500),
            seen("POST", pools, 404),
            seen("POST", pools, 500),
            seen("PATCH", pools, 500),
            seen("POST", pools, 201),
        ];
        let tries = Tries::among(&requests);
        assert_eq!(tries, Tries { first: Some(500), refused: 2 });
        assert!(tries.met_a_webhook_that_was_not_up());
        assert!(!Tries::among(&requests[5..]).met_a_webhook_that_was_not_up());
        assert_eq!(Tries::among(&[]).first, None);
    }
}
