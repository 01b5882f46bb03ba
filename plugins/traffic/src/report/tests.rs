use super::*;
use crate::args::Sort;
use crate::sample::{Counters, Sample};

fn name(name: &str) -> PodName {
    PodName { namespace: "lecture".into(), name: name.into() }
}

fn pod(pod: &str, node: &str) -> Pod {
    let (uid, phase) = (format!("uid-of-{pod}"), "Running".to_owned());
    Pod { name: name(pod), uid, node: Some(node.into()), phase, ..Pod::default() }
}

fn sample(at: u64, rx: u64, tx: u64) -> Sample {
    let counters = Counters { rx, tx, packets: None };
    Sample { at: Duration::from_secs(at), interfaces: vec![("eth0".into(), counters)] }
}

fn reading(pod: &str, sample: Option<Sample>) -> Reading {
    Reading { pod: name(pod), uid: format!("uid-of-{pod}"), sample, started: None }
}

fn told(node: &str, readings: &[Reading]) -> Event {
    Event::Node { node: node.into(), source: Source::Summary, readings: readings.to_vec() }
}

fn after(args: &Args, events: impl IntoIterator<Item = Event>) -> TrafficReport {
    let facts = Facts { of: "Service lecture/demo-app".into(), ..Facts::default() };
    let mut report = report(args, &facts);
    events.into_iter().for_each(|event| report.take(&event));
    report
}

/// Three pods, of which the second gets twice as much as the first; the third shares its node's network.
fn two_rounds() -> Vec<Event> {
    let shares = Pod { host_network: true, ..pod("web-3", "lab-2") };
    vec![
        Event::Pods(vec![pod("web-1", "lab-1"), pod("web-2", "lab-2"), shares]),
        told("lab-1", &[reading("web-1", Some(sample(100, 1_000, 10_000)))]),
        told("lab-2", &[reading("web-2", Some(sample(900, 0, 0))), reading("web-3", Some(sample(900, 7, 7)))]),
        told("lab-1", &[reading("web-1", Some(sample(110, 11_240, 215_040)))]),
        told("lab-2", &[reading("web-2", Some(sample(910, 20_480, 410_080))), reading("web-3", None)]),
    ]
}

#[test]
fn each_pod_has_its_rate_by_its_own_clock_and_its_share() {
    let over = two_rounds().into_iter().chain([Event::Over]);
    insta::assert_snapshot!(after(&Args::default(), over).table(true), @r"
    Service lecture/demo-app: 3 pods, over 10 s

    POD     NODE    RX/s     TX/s     RX       TX      SOURCE    SPAN    SHARE
    web-1   lab-1   1.00Ki   20.0Ki   11.0Ki   210Ki   summary   10.0s   33.3%   ██████▋
    web-2   lab-2   2.00Ki   40.0Ki   20.0Ki   400Ki   summary   10.0s   66.7%   █████████████▍
    web-3   lab-2   n/a      n/a      n/a      n/a
    total           3.00Ki   60.1Ki   31.0Ki   610Ki

    note: n/a for pod lecture/web-3: it shares the network of its node, whose traffic is not told apart by pods
    ");
}

#[test]
fn a_pod_that_has_gone_is_part_of_what_was_and_not_of_what_is() {
    let args = Args { watch: true, ..Args::default() };
    let gone = [Event::Pods(vec![pod("web-1", "lab-1")])];
    let mut report = after(&args, two_rounds().into_iter().chain(gone));
    let names = |report: &TrafficReport| -> Vec<String> {
        report.shown().pods.into_iter().map(|pod| format!("{} {}", pod.name, pod.has_gone)).collect()
    };
    assert_eq!(names(&report), ["web-1 false"]);
    report.take(&Event::Over);
    assert_eq!(names(&report), ["web-1 false", "web-2 true"]);
}

#[test]
fn a_dead_node_costs_its_own_pods_alone() {
    let dead = Event::Silent { node: "lab-2".into(), why: "its kubelet does not tell: no answer within 5s".into() };
    let report = after(&Args { watch: true, ..Args::default() }, two_rounds().into_iter().chain([dead.clone()]));
    let shown = report.shown();
    let unmeasured: Vec<(&str, Option<&str>)> =
        shown.pods.iter().map(|pod| (pod.name.as_str(), pod.unmeasured.as_deref())).collect();
    let why = "node lab-2: its kubelet does not tell: no answer within 5s";
    assert_eq!(unmeasured, [("web-1", None), ("web-2", Some(why)), ("web-3", Some(SHARES))]);
    assert_eq!(shown.pods[1].rx_bytes_per_second, None, "what it was a while ago is not what it is");

    let alone = after(&Args::default(), [dead]).shown();
    assert_eq!(alone.notes, ["no pod of node lab-2 is shown: its kubelet does not tell: no answer within 5s"]);
}

#[test]
fn where_all_pods_are_meant_the_kubelets_tell_which_there_are() {
    let args = Args { all_namespaces: true, ..Args::default() };
    let share = Event::HostNetwork([name("c")].into());
    let first =
        told("lab-1", &[reading("a", Some(sample(1, 1, 1))), reading("b", Some(sample(1, 1, 1))), reading("c", None)]);
    let second = told("lab-1", &[reading("b", Some(sample(2, 1, 1))), reading("c", Some(sample(2, 9, 9)))]);
    let shown = after(&args, [share, first, second]).shown();
    let rows: Vec<(&str, bool, Option<u64>)> =
        shown.pods.iter().map(|pod| (pod.name.as_str(), pod.has_gone, pod.rx_bytes)).collect();
    assert_eq!(rows, [("a", true, Some(1)), ("b", false, Some(1)), ("c", false, None)]);
    assert_eq!(shown.pods[2].unmeasured.as_deref(), Some(SHARES));
}

#[test]
fn the_busiest_come_first_and_the_total_is_of_all() {
    let args = Args { top: Some(1), ..Args::default() };
    let shown = after(&args, two_rounds()).shown();
    let names: Vec<&str> = shown.pods.iter().map(|pod| pod.name.as_str()).collect();
    assert_eq!((names, shown.total.pods, shown.total.measured), (vec!["web-2"], 3, 2));
    assert!(
        shown.notes.contains(&"2 more pods are not shown, and are part of the total".to_owned()),
        "{:?}",
        shown.notes
    );
    let by = |sort| {
        let shown = after(&Args { sort: Some(sort), ..Args::default() }, two_rounds()).shown();
        shown.pods.into_iter().map(|pod| pod.name).collect::<Vec<_>>()
    };
    assert_eq!(by(Sort::Tx), ["web-2", "web-1", "web-3"]);
    assert_eq!(by(Sort::Node), ["web-1", "web-2", "web-3"]);
}

#[test]
fn requests_are_a_rate_of_their_own() {
    let counted = |requests, seconds| {
        let counted = Ok(Counted { requests, took: Duration::from_secs(seconds) });
        Event::Requests { pod: name("web-1"), counted }
    };
    let silent = Event::Requests { pod: name("web-2"), counted: Err("its log cannot be read: x".into()) };
    let args = Args { requests: true, watch: true, ..Args::default() };
    let mut report = after(&args, two_rounds().into_iter().chain([counted(50, 5), counted(20, 5), silent]));
    let rate = |report: &TrafficReport| report.shown().pods[0].requests_per_second;
    assert_eq!(rate(&report), Some(4.0));
    report.take(&Event::Over);
    assert_eq!(rate(&report), Some(7.0));
    let note = "no requests are counted for pod lecture/web-2: its log cannot be read: x";
    assert!(report.shown().notes.contains(&note.to_owned()));
}

#[test]
fn without_rates_the_totals_give_the_shares() {
    let args = Args { measure: Some(Duration::ZERO), ..Args::default() };
    insta::assert_snapshot!(after(&args, two_rounds().into_iter().take(3).chain([Event::Over])).table(false), @r"
    Service lecture/demo-app: 3 pods, since each came into being

    POD     NODE    RX       TX       SHARE
    web-1   lab-1   0.98Ki   9.77Ki   100.0%   ████████████████████
    web-2   lab-2   0        0        0.0%
    web-3   lab-2   n/a      n/a
    total           0.98Ki   9.77Ki

    note: n/a for pod lecture/web-3: it shares the network of its node, whose traffic is not told apart by pods
    ");
}

#[test]
fn a_spreadsheet_has_numbers_as_they_are() {
    let rows = after(&Args::default(), two_rounds()).csv();
    assert!(rows.iter().all(|row| row.len() == rows[0].len()), "{rows:?}");
    let line = rows[1].join(",");
    assert_eq!(line, ",lecture,web-1,lab-1,summary,10.000,1024.000,20504.000,11240,215040,,,,,0.333,,");
}

#[test]
fn no_pods_is_an_answer() {
    assert_eq!(after(&Args::default(), [Event::Over]).table(false), "no pods: Service lecture/demo-app\n");
}
