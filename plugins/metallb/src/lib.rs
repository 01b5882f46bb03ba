//! `kubectl lab metallb`: installs MetalLB in layer 2 mode with a pool of addresses, proves that an address answers,
//! shows what is announced, and takes all of it away again.

mod addresses;
mod around;
mod chain;
mod controller;
mod install;
mod inventory;
mod network;
mod pool;
mod present;
pub mod release;
mod resources;
#[cfg(test)]
mod seen;
mod services;
mod speakers;
mod status;
mod uninstall;
mod verify;

use lab::Group;

/// All that can be typed after `kubectl lab metallb`.
pub fn group() -> Group {
    Group::new("metallb", "Install MetalLB with a pool of addresses, prove it, see it, take it away")
        .after_help(EXAMPLES)
        .verb::<install::Install>()
        .verb::<status::Status>()
        .verb::<verify::Verify>()
        .section("pool", "List, propose, add and remove the addresses that MetalLB may hand out")
        .verb::<pool::List>()
        .verb::<pool::Propose>()
        .verb::<pool::Add>()
        .verb::<pool::Remove>()
        .verb::<uninstall::Uninstall>()
}

const EXAMPLES: &str = "Examples:
  # From a bare cluster to addresses for Services of type LoadBalancer
  kubectl lab metallb install --pool 172.30.0.200-172.30.0.220

  # How is it?
  kubectl lab metallb status

  # A Service does not answer: why?
  kubectl lab metallb verify web

  # Take all of it away
  kubectl lab metallb uninstall";
