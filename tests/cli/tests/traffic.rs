use std::thread;
use std::time::{Duration, Instant};

use lab_cli::api::{Answer, Api, Ran, clock};
use lab_cli::objects::pod;
use lab_cli::run::{Output, Run};
use lab_cli::world::{World, nodes};
use serde_json::{Value, json};

const PODS: [&str; 3] = ["demo-app-7c9d-aaaaa", "demo-app-7c9d-bbbbb", "demo-app-7c9d-ccccc"];

fn demo_pod(number: usize) -> Value {
    let mut pod = pod::plain("lecture", PODS[number], &nodes()[number]);
    pod["metadata"]["labels"] = json!({ "app": "demo" });
    pod["metadata"]["uid"] = json!(uid(PODS[number]));
    pod["spec"]["containers"] = json!([{ "name": "nginx", "image": "nginx:latest" }]);
    pod::backdate(&mut pod, 3_600);
    pod
}

fn uid(pod: &str) -> String {
    format!("uid-of-{pod}")
}

fn service() -> Value {
    json!({
        "apiVersion": "v1", "kind": "Service", "metadata": { "name": "demo-app", "namespace": "lecture" },
        "spec": { "type": "ClusterIP", "clusterIP": "10.96.0.70", "selector": { "app": "demo" }, "ports": [{ "port": 80 }] },
    })
}

/// The lecture's three pods behind their Service, each on a node of its own, and another that shares its node's network.
fn stage() -> Api {
    let namespace = json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": "lecture" } });
    let mut agent = pod::plain("lecture", "agent", &nodes()[0]);
    agent["spec"]["hostNetwork"] = json!(true);
    pod::backdate(&mut agent, 3_600);
    let api = Api::with(nodes());
    api.change(|store| store.put_all([namespace, service(), agent].into_iter().chain((0..3).map(demo_pod))));
    api
}

fn node(number: usize) -> String {
    nodes()[number]["metadata"]["name"].as_str().unwrap().to_owned()
}

fn page(node: usize, page: &str) -> String {
    format!("GET /api/v1/nodes/{}/proxy/{page}", self::node(node))
}

/// What a kubelet says of these pods, each with its received and sent bytes; of those without, it knows no network.
fn summary(second: u32, pods: &[(&str, Option<(u64, u64)>)]) -> Answer {
    let time = format!("2026-11-27T10:00:{second:02}Z");
    let pod = |(name, bytes): &(&str, Option<(u64, u64)>)| {
        let network = bytes.map(|(rx, tx)| {
            let eth0 = json!({ "name": "eth0", "rxBytes": rx, "rxErrors": 0, "txBytes": tx, "txErrors": 0 });
            json!({ "time": time, "name": "eth0", "rxBytes": rx, "txBytes": tx, "interfaces": [eth0] })
        });
        let reference = json!({ "name": name, "namespace": "lecture", "uid": uid(name) });
        json!({ "podRef": reference, "startTime": clock::ago(3_600), "network": network, "containers": [] })
    };
    let pods: Vec<Value> = pods.iter().map(pod).collect();
    Answer::json(200, &json!({ "node": { "nodeName": "x" }, "pods": pods }))
}

/// Its kubelet tells of the pod of this node now and ten seconds later.
fn counts(api: &Api, number: usize, first: (u64, u64), second: (u64, u64)) {
    let pod = PODS[number];
    let others = if number == 0 { vec![("agent", None)] } else { Vec::new() };
    let of = |at, bytes| summary(at, &[vec![(pod, Some(bytes))], others.clone()].concat());
    api.on(&page(number, "stats/summary")).first(1).answer(of(10, first));
    api.on(&page(number, "stats/summary")).answer(of(20, second));
}

fn three_count(api: &Api) {
    counts(api, 0, (1_000, 10_000), (52_200, 1_034_000));
    counts(api, 1, (500, 500), (102_900, 2_048_500));
    counts(api, 2, (7, 9), (51_207, 1_024_009));
}

/// Their kubelets say the same whenever they are asked.
fn three_stand_still(api: &Api) {
    for (number, bytes) in [(1_000, 10_000), (500, 500), (7, 9)].into_iter().enumerate() {
        let others = if number == 0 { vec![("agent", None)] } else { Vec::new() };
        let pods = [vec![(PODS[number], Some(bytes))], others].concat();
        api.on(&page(number, "stats/summary")).answer(summary(10, &pods));
    }
}

/// A rate needs two samples, and a test has no time.
fn traffic(api: &Api, words: &[&str]) -> Output {
    often(api).args(words.to_vec()).run()
}

fn often(api: &Api) -> Run {
    Run::verb("traffic").against(api).args(["-n", "lecture", "--interval", "1s"])
}

fn watch(api: &Api) -> Run {
    often(api).args(["demo-app", "--watch"])
}

fn proc_files(uptime: &str, rx: u64, tx: u64) -> Answer {
    let head =
        "Inter-|   Receive    |  Transmit\n face |bytes    packets errs drop fifo frame compressed multicast|bytes ...";
    let lo = "    lo:     900       9    0    0    0     0          0         0      900       9    0    0    0     0       0          0";
    Answer::ran(&format!("{uptime} 99.00\n{head}\n{lo}\n  eth0: {rx} 12 0 3 0 0 0 0 {tx} 21 0 1 0 0 0 0\n"))
}

fn exec(pod: &str) -> String {
    format!("GET /api/v1/namespaces/lecture/pods/{pod}/exec")
}

#[test]
fn the_pods_of_a_service_have_rates_and_shares() {
    let api = stage();
    three_count(&api);
    insta::assert_snapshot!(traffic(&api, &["demo-app"]), @r"
    $ kubectl-lab-traffic -n lecture --interval 1s demo-app
    -- stdout
    Service lecture/demo-app: 3 pods, over 10 s

    POD                   NODE    RX/s     TX/s    RX       TX       SHARE
    demo-app-7c9d-aaaaa   lab-1   5.00Ki   100Ki   51.0Ki   0.99Mi   25.0%   █████
    demo-app-7c9d-bbbbb   lab-2   10.0Ki   200Ki   100Ki    1.95Mi   50.0%   ██████████
    demo-app-7c9d-ccccc   lab-3   5.00Ki   100Ki   50.0Ki   0.98Mi   25.0%   █████
    total                         20.0Ki   400Ki   201Ki    3.92Mi
    -- exit code 0
    ");
    api.finish();
}

#[test]
fn more_is_told_with_wide() {
    let api = stage();
    three_count(&api);
    insta::assert_snapshot!(traffic(&api, &["svc/demo-app", "-o", "wide"]).stdout, @r"
    Service lecture/demo-app: 3 pods, over 10 s

    POD                   NODE    RX/s     TX/s    RX       TX       SOURCE    SPAN    SHARE
    demo-app-7c9d-aaaaa   lab-1   5.00Ki   100Ki   51.0Ki   0.99Mi   summary   10.0s   25.0%   █████
    demo-app-7c9d-bbbbb   lab-2   10.0Ki   200Ki   100Ki    1.95Mi   summary   10.0s   50.0%   ██████████
    demo-app-7c9d-ccccc   lab-3   5.00Ki   100Ki   50.0Ki   0.98Mi   summary   10.0s   25.0%   █████
    total                         20.0Ki   400Ki   201Ki    3.92Mi
    ");
}

#[test]
fn all_pods_of_the_namespace_are_shown_and_why_one_has_no_numbers() {
    let api = stage();
    three_count(&api);
    insta::assert_snapshot!(traffic(&api, &["--sort", "tx"]).stdout, @r"
    pods in namespace lecture: 4 pods, over 10 s

    POD                   NODE    RX/s     TX/s    RX       TX       SHARE
    demo-app-7c9d-bbbbb   lab-2   10.0Ki   200Ki   100Ki    1.95Mi   50.0%   ██████████
    demo-app-7c9d-aaaaa   lab-1   5.00Ki   100Ki   51.0Ki   0.99Mi   25.0%   █████
    demo-app-7c9d-ccccc   lab-3   5.00Ki   100Ki   50.0Ki   0.98Mi   25.0%   █████
    agent                 lab-1   n/a      n/a     n/a      n/a
    total                         20.0Ki   400Ki   201Ki    3.92Mi

    note: n/a for pod lecture/agent: it shares the network of its node, whose traffic is not told apart by pods
    ");
}

#[test]
fn one_look_at_all_pods_asks_the_kubelets_alone() {
    let api = stage();
    three_stand_still(&api);
    let output = traffic(&api, &["-A", "--for", "0"]).succeeds();
    insta::assert_snapshot!(output.stdout, @r"
    pods in all namespaces: 4 pods, since each came into being

    NAMESPACE   POD                   NODE    RX       TX       SHARE
    lecture     agent                 lab-1   n/a      n/a
    lecture     demo-app-7c9d-aaaaa   lab-1   0.98Ki   9.77Ki   91.5%   ██████████████████▎
    lecture     demo-app-7c9d-bbbbb   lab-2   500      500      8.3%    █▋
    lecture     demo-app-7c9d-ccccc   lab-3   7        9        0.1%
    total                                     1.47Ki   10.3Ki

    note: n/a for pod lecture/agent: it shares the network of its node, whose traffic is not told apart by pods
    ");
    let mut asked: Vec<String> =
        api.seen().requests().iter().map(|request| format!("{} {}", request.method, request.path)).collect();
    // The kubelets are asked at the same time.
    asked[3..].sort();
    insta::assert_snapshot!(asked.join("\n"), @r"
    POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews
    GET /api/v1/pods
    GET /api/v1/nodes
    GET /api/v1/nodes/lab-1/proxy/stats/summary
    GET /api/v1/nodes/lab-2/proxy/stats/summary
    GET /api/v1/nodes/lab-3/proxy/stats/summary
    ");
}

#[test]
fn a_spreadsheet_is_given_out_where_it_is_asked_for() {
    let api = stage();
    three_stand_still(&api);
    insta::assert_snapshot!(traffic(&api, &["demo-app", "--for", "0", "-o", "csv"]).stdout, @r"
    time,namespace,pod,node,source,seconds,rx_bytes_per_second,tx_bytes_per_second,rx_bytes,tx_bytes,rx_packets,tx_packets,rx_dropped,tx_dropped,share,requests_per_second,unmeasured
    $TIME,lecture,demo-app-7c9d-aaaaa,lab-1,summary,,,,1000,10000,,,,,0.915,,
    $TIME,lecture,demo-app-7c9d-bbbbb,lab-2,summary,,,,500,500,,,,,0.083,,
    $TIME,lecture,demo-app-7c9d-ccccc,lab-3,summary,,,,7,9,,,,,0.001,,
    ");
}

#[test]
fn where_the_kubelet_knows_no_networks_the_pods_are_asked() {
    let api = stage();
    for (number, pod) in PODS.iter().enumerate() {
        api.on(&page(number, "stats/summary")).answer(summary(10, &[(pod, None)]));
        api.on(&page(number, "metrics/cadvisor")).answer(Answer::raw(200, "text/plain", "container_cpu{} 1\n"));
        api.on(&exec(pod)).first(1).answer(proc_files("100.00", 1_000, 2_000));
        api.on(&exec(pod)).answer(proc_files("110.00", 11_240, 22_480));
    }
    let output = traffic(&api, &["demo-app", "-o", "wide"]).succeeds();
    insta::assert_snapshot!(output.stdout, @r"
    Service lecture/demo-app: 3 pods, over 10 s

    POD                   NODE    RX/s     TX/s     RX       TX       RX-PACKETS   TX-PACKETS   RX-DROPPED   TX-DROPPED   SOURCE   SPAN    SHARE
    demo-app-7c9d-aaaaa   lab-1   1.00Ki   2.00Ki   11.0Ki   22.0Ki   12           21           3            1            pod      10.0s   33.3%   ██████▋
    demo-app-7c9d-bbbbb   lab-2   1.00Ki   2.00Ki   11.0Ki   22.0Ki   12           21           3            1            pod      10.0s   33.3%   ██████▋
    demo-app-7c9d-ccccc   lab-3   1.00Ki   2.00Ki   11.0Ki   22.0Ki   12           21           3            1            pod      10.0s   33.3%   ██████▋
    total                         3.00Ki   6.00Ki   32.9Ki   65.9Ki
    ");
    let seen = api.seen().only(|request| request.path.ends_with("metrics/cadvisor"));
    assert_eq!(seen.requests().len(), 3, "a kubelet that knew nothing is not asked again: {seen}");
    api.finish();
}

#[test]
fn packets_and_drops_come_from_the_kubelets_longer_page() {
    let api = stage();
    let metrics = |pod: &str, at: u64, bytes: u64| {
        let labels = format!(r#"{{interface="eth0",namespace="lecture",pod="{pod}"}}"#);
        let line = |name: &str, value: u64| format!("container_network_{name}_total{labels} {value} {at}\n");
        let lines = ["receive_bytes", "transmit_bytes", "receive_packets", "transmit_packets_dropped"];
        Answer::raw(200, "text/plain", &lines.map(|name| line(name, bytes)).concat())
    };
    for (number, pod) in PODS.iter().enumerate() {
        api.on(&page(number, "metrics/cadvisor")).first(1).answer(metrics(pod, 1_000, 50));
        api.on(&page(number, "metrics/cadvisor")).answer(metrics(pod, 6_000, 100));
    }
    insta::assert_snapshot!(traffic(&api, &["demo-app", "--packets"]).stdout, @r"
    Service lecture/demo-app: 3 pods, over 5 s

    POD                   NODE    RX/s   TX/s   RX    TX    RX-PACKETS   TX-PACKETS   RX-DROPPED   TX-DROPPED   SHARE
    demo-app-7c9d-aaaaa   lab-1   10     10     100   100   100          0            0            100          33.3%   ██████▋
    demo-app-7c9d-bbbbb   lab-2   10     10     100   100   100          0            0            100          33.3%   ██████▋
    demo-app-7c9d-ccccc   lab-3   10     10     100   100   100          0            0            100          33.3%   ██████▋
    total                         30     30     300   300
    ");
}

#[test]
fn without_the_right_to_ask_kubelets_each_pod_is_read_by_itself() {
    let api = stage();
    api.deny("get", "nodes/proxy", None);
    for (number, pod) in PODS.iter().enumerate() {
        let bytes = 1_000 * (number as u64 + 1);
        api.on(&exec(pod)).first(1).answer(proc_files("100.00", 0, 0));
        api.on(&exec(pod)).answer(proc_files("105.00", bytes, 0));
    }
    insta::assert_snapshot!(traffic(&api, &["demo-app"]), @r"
    $ kubectl-lab-traffic -n lecture --interval 1s demo-app
    -- stdout
    Service lecture/demo-app: 3 pods, over 5 s

    POD                   NODE    RX/s     TX/s   RX       TX   SHARE
    demo-app-7c9d-aaaaa   lab-1   200      0      0.98Ki   0    16.7%   ███▍
    demo-app-7c9d-bbbbb   lab-2   400      0      1.95Ki   0    33.3%   ██████▋
    demo-app-7c9d-ccccc   lab-3   600      0      2.93Ki   0    50.0%   ██████████
    total                         1.17Ki   0      5.86Ki   0

    note: each pod was read by itself: asking the kubelets instead needs the right get nodes/proxy (cluster-wide), which amounts to running commands in every container of every node
    -- exit code 0
    ");
    let command: Vec<(String, String)> = api.seen().only(|request| request.path.ends_with("/exec")).requests()[0]
        .query
        .iter()
        .filter(|(key, _)| key == "command")
        .cloned()
        .collect();
    let words: Vec<&str> = command.iter().map(|(_, word)| word.as_str()).collect();
    assert_eq!(words, ["cat", "/proc/uptime", "/proc/net/dev"], "nothing else is ever run");
}

#[test]
fn a_pod_without_cat_says_so_and_the_others_are_measured() {
    let api = stage();
    api.deny("get", "nodes/proxy", None);
    let message = "OCI runtime exec failed: exec: \"cat\": executable file not found in $PATH";
    let ran = Ran { stderr: message.into(), code: 126, ..Ran::default() };
    api.on(&exec(PODS[0])).answer(Answer::Ran(ran));
    api.on(&exec(PODS[1])).answer(proc_files("100.00", 0, 0));
    api.on(&exec(PODS[2])).answer(proc_files("100.00", 0, 0));
    let output = traffic(&api, &["demo-app", "--for", "0"]).succeeds();
    insta::assert_snapshot!(output.stdout, @r#"
    Service lecture/demo-app: 3 pods, since each came into being

    POD                   NODE    RX    TX    SHARE
    demo-app-7c9d-aaaaa   lab-1   n/a   n/a
    demo-app-7c9d-bbbbb   lab-2   0     0
    demo-app-7c9d-ccccc   lab-3   0     0
    total                         0     0

    note: each pod was read by itself: asking the kubelets instead needs the right get nodes/proxy (cluster-wide), which amounts to running commands in every container of every node
    note: n/a for pod lecture/demo-app-7c9d-aaaaa: nothing can be read in it: OCI runtime exec failed: exec: "cat": executable file not found in $PATH
    "#);
}

#[test]
fn who_may_see_nothing_is_told_the_smallest_role() {
    let api = stage();
    api.deny("get", "nodes/proxy", None);
    api.deny("get", "pods/exec", Some("lecture"));
    insta::assert_snapshot!(traffic(&api, &["demo-app"]), @r#"
    $ kubectl-lab-traffic -n lecture --interval 1s demo-app
    -- stdout
    Service lecture/demo-app: 3 pods, since each came into being

    POD                   NODE    RX/s   TX/s   RX    TX    SHARE
    demo-app-7c9d-aaaaa   lab-1   n/a    n/a    n/a   n/a
    demo-app-7c9d-bbbbb   lab-2   n/a    n/a    n/a   n/a
    demo-app-7c9d-ccccc   lab-3   n/a    n/a    n/a   n/a
    total

    note: n/a for 3 pods (lecture/demo-app-7c9d-aaaaa and 2 more): you may not read in it
    -- stderr
    error: could not measure any pod: you may ask neither the kubelets nor the pods
    missing right: create pods/exec in namespace lecture
    missing right: get pods/exec in namespace lecture
    hint: instead of the Role below, the right get nodes/proxy (cluster-wide) would do: it amounts to running commands in every container of every node
    hint: somebody with the right to grant it can apply this and bind it to you:

    apiVersion: rbac.authorization.k8s.io/v1
    kind: Role
    metadata:
      name: kubectl-lab
      namespace: lecture
    rules:
    # pods/exec: lets its holder run any command in these pods
    - apiGroups: [""]
      resources: ["pods/exec"]
      verbs: ["create", "get"]

    -- exit code 5
    "#);
}

#[test]
fn a_dead_node_costs_its_own_pods_alone() {
    let api = stage();
    counts(&api, 0, (1_000, 10_000), (52_200, 1_034_000));
    counts(&api, 1, (500, 500), (102_900, 2_048_500));
    let message = "error trying to reach service: dial tcp 172.30.0.4:10250: connect: no route to host";
    api.on(&page(2, "stats/summary")).answer(Answer::status(503, "ServiceUnavailable", message));
    let output = traffic(&api, &["demo-app"]).succeeds();
    insta::assert_snapshot!(output.stdout, @r"
    Service lecture/demo-app: 3 pods, over 10 s

    POD                   NODE    RX/s     TX/s    RX       TX       SHARE
    demo-app-7c9d-aaaaa   lab-1   5.00Ki   100Ki   51.0Ki   0.99Mi   33.3%   ██████▋
    demo-app-7c9d-bbbbb   lab-2   10.0Ki   200Ki   100Ki    1.95Mi   66.7%   █████████████▍
    demo-app-7c9d-ccccc   lab-3   n/a      n/a     n/a      n/a
    total                         15.0Ki   300Ki   151Ki    2.94Mi

    note: n/a for pod lecture/demo-app-7c9d-ccccc: node lab-3: its kubelet does not tell: error trying to reach service: dial tcp 172.30.0.4:10250: connect: no route to host
    ");
}

#[test]
fn a_node_that_does_not_answer_does_not_hold_up_the_others() {
    let api = stage();
    counts(&api, 0, (1_000, 10_000), (52_200, 1_034_000));
    counts(&api, 1, (500, 500), (102_900, 2_048_500));
    api.on(&page(2, "stats/summary")).answer(Answer::Stall);
    let output = traffic(&api, &["demo-app", "--request-timeout", "1s"]).succeeds();
    assert!(output.stdout.contains("its kubelet does not tell: no answer within"), "{output}");
    assert!(output.stdout.contains("10.0Ki   200Ki"), "{output}");
}

#[test]
fn requests_are_counted_in_access_logs() {
    let api = stage();
    three_count(&api);
    let lines = |times: usize| {
        let line = r#"10.244.2.9 - - [27/Nov/2026:10:00:00 +0000] "GET / HTTP/1.1" 200 612 "-" "oha/1.0""#;
        format!("{line}\n").repeat(times)
    };
    let name = |pod: usize| format!("lecture/{}", PODS[pod]);
    api.change(|store| [0, 1].into_iter().for_each(|pod| store.log(&name(pod), "nginx", &lines(900))));
    // Behind the first look at the logs, and before the second.
    api.after("GET /api/v1/namespaces/lecture/pods").nth(2).then(move |store, _| {
        [(0, 30), (1, 10)].into_iter().for_each(|(pod, times)| store.log(&name(pod), "nginx", &lines(times)));
    });
    let output = traffic(&api, &["demo-app", "--requests", "-o", "json"]).succeeds();
    let counted: Vec<Option<u64>> =
        output.json()["pods"].as_array().unwrap().iter().map(|pod| pod["requests"].as_u64()).collect();
    assert_eq!(counted, [Some(30), Some(10), Some(0)], "{output}");
}

#[test]
fn what_is_not_there_is_named_with_what_is() {
    let api = stage();
    insta::assert_snapshot!(traffic(&api, &["demo-ap"]), @r"
    $ kubectl-lab-traffic -n lecture --interval 1s demo-ap
    -- stderr
    error: there is no Service lecture/demo-ap
    hint: there is demo-app
    -- exit code 1
    ");
    insta::assert_snapshot!(traffic(&api, &["deploy/demo-app"]).stderr, @r"
    error: there is no Deployment lecture/demo-app
    hint: list them with: kubectl -n lecture get deployments
    ");
}

#[test]
fn a_cluster_that_goes_away_midway_leaves_what_was_seen() {
    let api = stage();
    three_stand_still(&api);
    api.on("GET /api/v1/namespaces/lecture/pods").nth(2).answer(Answer::Drop);
    let output = traffic(&api, &["demo-app"]);
    insta::assert_snapshot!(output, @r"
    $ kubectl-lab-traffic -n lecture --interval 1s demo-app
    -- stdout
    Service lecture/demo-app: 3 pods, since each came into being

    POD                   NODE    RX/s   TX/s   RX       TX       SHARE
    demo-app-7c9d-aaaaa   lab-1                 0.98Ki   9.77Ki   91.5%   ██████████████████▎
    demo-app-7c9d-bbbbb   lab-2                 500      500      8.3%    █▋
    demo-app-7c9d-ccccc   lab-3                 7        9        0.1%
    total                                       1.47Ki   10.3Ki

    note: there are no rates: kubelets look at their pods every 10 to 15 s, so give it more time with --for
    -- stderr
    error: could not list pods: could not reach the API server http://127.0.0.1:$PORT: the connection was closed before an answer came
    hint: is the cluster running? kubectl --context lecture cluster-info
    hint: a cluster on this machine may be stopped: docker ps --all (kind), minikube status
    -- exit code 6
    ");
}

#[test]
fn a_live_table_ends_with_q_and_gives_the_terminal_back() {
    let api = stage();
    three_count(&api);
    let mut terminal = watch(&api).in_terminal();
    terminal.expect("over the last 10 s");
    terminal.expect("q: end");
    terminal.types("q");
    let output = terminal.wait();
    insta::assert_snapshot!(output, @r"
    $ kubectl-lab-traffic -n lecture --interval 1s demo-app --watch
    -- stdout
    Service lecture/demo-app: 3 pods, over 10 s

    POD                   NODE    RX/s     TX/s    RX       TX       SHARE
    demo-app-7c9d-aaaaa   lab-1   5.00Ki   100Ki   51.0Ki   0.99Mi   25.0%   █████
    demo-app-7c9d-bbbbb   lab-2   10.0Ki   200Ki   100Ki    1.95Mi   50.0%   ██████████
    demo-app-7c9d-ccccc   lab-3   5.00Ki   100Ki   50.0Ki   0.98Mi   25.0%   █████
    total                         20.0Ki   400Ki   201Ki    3.92Mi
    -- exit code 0
    ");
}

#[test]
fn control_c_ends_a_live_table_too_and_is_an_interruption() {
    let api = stage();
    three_stand_still(&api);
    let mut terminal = watch(&api).in_terminal();
    terminal.expect("q: end");
    terminal.interrupt();
    let output = terminal.wait();
    assert_eq!(output.code, Some(130), "{output}");
    assert!(output.stdout.contains("error: interrupted") && !output.stdout.contains("q: end"), "{output}");
}

#[test]
fn watched_by_a_program_each_round_is_a_line_of_json() {
    let api = stage();
    three_count(&api);
    let output = watch(&api).args(["--for", "2s", "-o", "json"]).run().succeeds();
    let lines: Vec<Value> = output.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let spans: Vec<&str> = lines.iter().map(|line| line["span"].as_str().unwrap()).collect();
    let (last, before) = spans.split_last().unwrap();
    assert!(before.len() >= 2 && before.iter().all(|span| *span == "present") && *last == "whole", "{output}");
    assert_eq!(lines.last().unwrap()["pods"][0]["rxBytesPerSecond"], 5_120.0, "{output}");
}

#[test]
fn interrupted_while_it_is_watched_it_still_has_its_averages() {
    let api = stage();
    three_count(&api);
    let running = watch(&api).start();
    let started = Instant::now();
    while api.seen().only(|request| request.path.ends_with("stats/summary")).requests().len() < 7 {
        assert!(started.elapsed() < Duration::from_secs(20), "it does not sample");
        thread::sleep(Duration::from_millis(20));
    }
    running.interrupt();
    let output = running.wait();
    assert_eq!(output.code, Some(130), "{output}");
    let whole = "Service lecture/demo-app: 3 pods, over 10 s";
    assert_eq!(output.stdout.matches(whole).count(), 1, "{output}");
}

#[test]
fn an_unknown_format_is_answered_with_those_there_are() {
    let api = World::default().stage([]);
    let output = traffic(&api, &["-o", "cvs"]);
    assert_eq!(output.code, Some(2), "{output}");
    assert!(output.stderr.contains("csv"), "{output}");
}
