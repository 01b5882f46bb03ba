//! What differs between MetalLB's releases in what their controllers write.

use serde_json::Value;

/// On a Service, of old and of now: of which pool its address is.
pub const NOTES: [&str; 2] = ["metallb.universe.tf/ip-allocated-from-pool", "metallb.io/ip-allocated-from-pool"];

pub struct Release {
    /// As which it manages fields.
    pub manager: &'static str,
    /// The Secret of its webhook.
    pub certificate: &'static str,
    pub note: &'static str,
}

impl Release {
    /// By the image of a pod.
    pub fn of(pod: &Value) -> Release {
        let image = pod["spec"]["containers"][0]["image"].as_str().unwrap_or_default();
        match image.contains(":v0.13.") {
            true => Release { manager: "controller", certificate: "webhook-server-cert", note: NOTES[0] },
            false => Release { manager: "MetalLB", certificate: "metallb-webhook-cert", note: NOTES[1] },
        }
    }
}
