//! What can be typed after `kubectl lab traffic`.

use std::time::Duration;

use clap::ValueEnum;
use k8s_openapi::api::apps::v1::{DaemonSet, Deployment, StatefulSet};
use k8s_openapi::api::core::v1::{Pod, Service};
use lab::flags::duration;
use lab::{Live, Objects, Scope};

use crate::target::Target;

#[derive(clap::Args, Clone, Debug, Default)]
#[command(after_long_help = EXAMPLES)]
pub struct Args {
    /// Whose traffic: svc/NAME, deploy/NAME, sts/NAME, ds/NAME, pod/NAME, or NAME (a Service); else all pods of the namespace
    #[arg(value_name = "TARGET", conflicts_with_all = ["selector", "all_namespaces"])]
    pub target: Option<Target>,
    /// Only pods with these labels, as in kubectl
    #[arg(short = 'l', long, value_name = "SELECTOR")]
    pub selector: Option<String>,
    /// Pods of all namespaces
    #[arg(short = 'A', long)]
    pub all_namespaces: bool,
    /// Keep measuring and show the present rates, until q or Ctrl-C
    #[arg(short, long)]
    pub watch: bool,
    /// How long to measure; 0 for the totals alone. Without it until each pod has a rate, or with --watch without end
    #[arg(long = "for", value_name = "DURATION", value_parser = duration)]
    pub measure: Option<Duration>,
    /// How long to wait between one sample and the next
    #[arg(long, value_name = "DURATION", default_value = "5s", value_parser = interval)]
    pub interval: Duration,
    /// Order of the rows: name, node, rx, tx, traffic (both), requests
    #[arg(long, value_name = "COLUMN", value_enum, hide_possible_values = true)]
    pub sort: Option<Sort>,
    /// Show only the busiest N pods
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub top: Option<u32>,
    /// Packets and drops too; the kubelets' longer page is read for them
    #[arg(long)]
    pub packets: bool,
    /// Requests per second too, counted in the pods' logs where these are access logs
    #[arg(long)]
    pub requests: bool,
}

/// What the cluster has for them.
pub const LIVE: &[(&str, Live)] = &[(
    "target",
    Live::Objects(&[
        Objects::of::<Service>(Scope::Namespace),
        Objects::of::<Service>(Scope::Namespace).after("svc/"),
        Objects::of::<Deployment>(Scope::Namespace).after("deploy/"),
        Objects::of::<StatefulSet>(Scope::Namespace).after("sts/"),
        Objects::of::<DaemonSet>(Scope::Namespace).after("ds/"),
        Objects::of::<Pod>(Scope::Namespace).after("pod/"),
    ]),
)];

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Sort {
    #[default]
    Name,
    Node,
    Rx,
    Tx,
    Traffic,
    Requests,
}

impl Args {
    /// Who asks for the busiest wants them by their traffic.
    pub fn order(&self) -> Sort {
        self.sort.unwrap_or(if self.top.is_some() { Sort::Traffic } else { Sort::Name })
    }

    /// One look at the totals.
    pub fn only_totals(&self) -> bool {
        !self.watch && self.measure == Some(Duration::ZERO)
    }

    /// Without end but for the user's.
    pub fn is_endless(&self) -> bool {
        self.watch && self.measure.is_none_or(|time| time.is_zero())
    }
}

/// Kubelets look at their containers every 10 s or so; asking them all the time only keeps them busy.
fn interval(text: &str) -> Result<Duration, String> {
    const LEAST: Duration = Duration::from_secs(1);
    let interval = duration(text)?;
    if interval < LEAST { Err("it is 1s at least".into()) } else { Ok(interval) }
}

const EXAMPLES: &str = "Examples:
  # What the pods of this namespace receive and send
  kubectl lab traffic

  # The pods behind a Service: does each get its share?
  kubectl lab traffic svc/demo-app

  # The same as a live table, while load is on; q ends it, and shows the averages
  kubectl lab traffic demo-app --watch --requests

  # A minute's averages
  kubectl lab traffic -l app=demo --for 60s

  # The ten busiest pods of the cluster
  kubectl lab traffic -A --top 10

  # For a spreadsheet, or a program
  kubectl lab traffic -A --for 0 -o csv
  kubectl lab traffic demo-app --watch -o json

RX is what a pod has received, TX what it has sent, in bytes (1Ki = 1024), since its network came into being; RX/s and TX/s are bytes per
second between two samples, by the samples' own times. Everything counts: also probes, DNS and what does not come by the Service. Sources,
the best first: the node's kubelet (which needs the right get nodes/proxy), else /proc/net/dev read in the pod (get and create pods/exec).";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_busiest_are_sorted_by_traffic_unless_told_otherwise() {
        let args = Args { top: Some(3), ..Args::default() };
        assert_eq!((Args::default().order(), args.order()), (Sort::Name, Sort::Traffic));
        assert_eq!(Args { sort: Some(Sort::Rx), ..args }.order(), Sort::Rx);
    }

    #[test]
    fn a_measurement_ends_by_itself_unless_it_is_watched_without_a_time() {
        let of =
            |watch, measure: Option<u64>| Args { watch, measure: measure.map(Duration::from_secs), ..Args::default() };
        assert!(of(true, None).is_endless() && of(true, Some(0)).is_endless());
        assert!(!of(true, Some(60)).is_endless() && !of(false, None).is_endless());
        assert!(of(false, Some(0)).only_totals() && !of(false, None).only_totals());
        assert!(interval("500ms").is_err() && interval("2s").is_ok());
    }
}
