//! Which configuration a running kube-proxy has read.

use lab::Timestamp;

use super::facts::Proxy;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Runs {
    /// By its own word the wanted value.
    Proven,
    /// It was started after the configuration was last changed.
    Likely,
    /// It was started before.
    Older,
    Unknown,
}

pub fn runs(proxy: &Proxy, changed: Option<Timestamp>, on: bool) -> Runs {
    match (&proxy.uses, proxy.created, changed) {
        (Ok(uses), ..) if *uses == on => Runs::Proven,
        (Ok(_), ..) => Runs::Older,
        (Err(_), Some(created), Some(changed)) if created >= changed => Runs::Likely,
        (Err(_), Some(_), Some(_)) => Runs::Older,
        _ => Runs::Unknown,
    }
}
