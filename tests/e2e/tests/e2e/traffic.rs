//! `kubectl lab traffic` before real kubelets and pods: its figures are what the pods' own kernels have counted.

use std::time::Duration;

use lab_cli::run::Output;
use lab_e2e::Stage;
use serde_json::{Value, json};

const NAMESPACE: &str = "lecture";
/// Rights to look at pods there, and to read in them: none beyond the namespace.
const IN_PODS: &str = "traffic-in-pods";

/// A web server whose access log goes to its own log, with a page of 16 KiB and one of 40 MiB.
fn server() -> Value {
    let page = json!([{ "name": "page", "mountPath": "/usr/share/nginx/html" }]);
    let script = "cd /usr/share/nginx/html && dd if=/dev/zero of=small bs=1k count=16 && dd if=/dev/zero of=large bs=1M count=40";
    let writer =
        json!({ "name": "page", "image": "busybox:1.37.0", "volumeMounts": page, "command": ["sh", "-c", script] });
    // Without a probe: each would be traffic too.
    let nginx =
        json!({ "name": "nginx", "image": "nginx:latest", "ports": [{ "containerPort": 80 }], "volumeMounts": page });
    let spec = json!({
        "terminationGracePeriodSeconds": 1, "initContainers": [writer], "containers": [nginx],
        "volumes": [{ "name": "page", "emptyDir": {} }],
    });
    pod("server", &spec)
}

/// Asks for the small page eight times in a second, as evenly as a shell can: each at its own time by the kernel's clock.
const EVENLY: &str = "
now() { read up rest < /proc/uptime; echo ${up%.*}${up#*.}; }
start=$(now); count=0
while :; do
    timeout 5 wget -q -O /dev/null http://server/small
    count=$((count + 1)); left=$((start * 2 + count * 25 - $(now) * 2))
    [ $left -gt 1 ] && usleep $((left * 5000))
done";

fn client() -> Value {
    let busybox = json!({ "name": "client", "image": "busybox:1.37.0", "command": ["sleep", "3600"] });
    pod("client", &json!({ "terminationGracePeriodSeconds": 1, "containers": [busybox] }))
}

fn pod(name: &str, spec: &Value) -> Value {
    let metadata = json!({ "name": name, "namespace": NAMESPACE, "labels": { "app": name } });
    json!({ "apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec })
}

/// Always the same address: where a test follows another within half a minute, the cluster's DNS still gives the earlier one's.
fn service() -> Value {
    json!({
        "apiVersion": "v1", "kind": "Service", "metadata": { "name": "server", "namespace": NAMESPACE },
        "spec": { "clusterIP": "10.96.0.80", "selector": { "app": "server" }, "ports": [{ "port": 80 }] },
    })
}

fn set(stage: &Stage) {
    let namespace = json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": NAMESPACE } });
    // What an earlier test has left would have counted already.
    stage.kubectl(&["delete", "namespace", NAMESPACE, "--ignore-not-found", "--timeout=60s"]);
    let objects = [namespace, server(), client(), service()];
    stage.feed(&["apply"], &json!({ "apiVersion": "v1", "kind": "List", "items": objects }).to_string());
    stage.kubectl(&["wait", "-n", NAMESPACE, "pod", "--all", "--for=condition=Ready", "--timeout=120s"]);
    in_client(stage, "until timeout 5 wget -q -O /dev/null http://server/small; do sleep 0.2; done");
}

fn in_client(stage: &Stage, script: &str) -> String {
    stage.kubectl(&["exec", "-n", NAMESPACE, "client", "--", "sh", "-c", script])
}

/// What a pod's own kernel has counted, and when by its clock: seconds, bytes received, bytes sent.
fn truth(stage: &Stage, pod: &str) -> [f64; 3] {
    let place = "/sys/class/net/eth0/statistics";
    let script = format!("cat /proc/uptime {place}/rx_bytes {place}/tx_bytes");
    let text = stage.kubectl(&["exec", "-n", NAMESPACE, pod, "--", "sh", "-c", &script]);
    let numbers: Vec<f64> = text.split_ascii_whitespace().filter_map(|word| word.parse().ok()).collect();
    [numbers[0], numbers[2], numbers[3]]
}

fn traffic(stage: &Stage, words: &[&str]) -> Output {
    stage.lab(&[&["traffic", "-n", NAMESPACE, "-o", "json"], words].concat()).run()
}

fn row(output: &Output, pod: &str) -> Value {
    let report = output.json();
    let rows = report["pods"].as_array().into_iter().flatten();
    rows.clone().find(|row| row["name"] == pod).unwrap_or_else(|| panic!("{pod} is missing: {output}")).clone()
}

fn number(row: &Value, key: &str) -> f64 {
    row[key].as_f64().unwrap_or_else(|| panic!("no {key} in {row}"))
}

fn is_within(percent: f64, told: f64, truth: f64) -> bool {
    (told - truth).abs() <= truth * percent / 100.0
}

/// A known transfer between two pods, once nothing moves any more: what is told is what /sys says, within 2 %.
#[test]
fn the_bytes_of_a_transfer_are_what_the_pods_themselves_have_counted() {
    tells_the_bytes_of_a_transfer(&Stage::proxy());
}

pub fn tells_the_bytes_of_a_transfer(stage: &Stage) {
    const LARGE: f64 = 41_943_040.0;
    set(stage);
    in_client(stage, "wget -q -O /dev/null http://server/large");
    for words in [&[][..], &["--packets"]] {
        let output = stage.eventually("the kubelets have counted it", |stage| {
            let output = traffic(stage, &[&["--for", "0"], words].concat());
            (number(&row(&output, "client"), "rxBytes") > LARGE && number(&row(&output, "server"), "txBytes") > LARGE)
                .then_some(output)
        });
        for pod in ["client", "server"] {
            let [_, rx, tx] = truth(stage, pod);
            let told = row(&output, pod);
            assert!(is_within(2.0, number(&told, "rxBytes"), rx), "{rx} received: {told}");
            assert!(is_within(2.0, number(&told, "txBytes"), tx), "{tx} sent: {told}");
            assert_eq!(told["source"], if words.is_empty() { "summary" } else { "cadvisor" }, "{told}");
            assert_eq!(told["rxPackets"].is_u64(), !words.is_empty(), "{told}");
        }
    }
    // The proxies of kube-proxy share their node's network, which is no pod's.
    let output = stage.lab(&["traffic", "-A", "--for", "0", "-o", "json"]).run();
    let report = output.json();
    let of_proxy = |row: &&Value| row["name"].as_str().is_some_and(|name| name.starts_with("kube-proxy-"));
    let proxies: Vec<&Value> = report["pods"].as_array().into_iter().flatten().filter(of_proxy).collect();
    let why = |row: &&Value| row["unmeasured"].as_str().is_some_and(|why| why.starts_with("it shares the network"));
    let nodes = usize::from(stage.cluster.spec().nodes);
    assert!(proxies.len() == nodes && proxies.iter().all(why), "{output}");
}

/// Rates against a load of which the pods' own kernels say how even it is: within 5 %, by either source, and the requests too.
#[test]
fn rates_are_those_of_a_constant_load() {
    let stage = Stage::proxy();
    set(&stage);
    in_client(&stage, &format!("( {EVENLY} ) > /dev/null 2>&1 &"));
    // The first seconds are no part of what is measured.
    std::thread::sleep(Duration::from_secs(3));
    let start = truth(&stage, "client");
    let holder = stage.holder("traffic");
    // A kubelet's times are off by a second or two on a busy machine, which has to be little of the whole.
    let by_kubelet =
        holder.lab(&["traffic", "-n", NAMESPACE, "-o", "json", "--for", "90s", "--requests"]).run().succeeds();
    holder.has_used_all(&[], &by_kubelet);
    let middle = truth(&stage, "client");
    let by_pod = traffic(&stage, &["--for", "15s", "--as", &stage.grant(IN_PODS)]);
    let end = truth(&stage, "client");
    for (output, source, from, to) in [(&by_kubelet, "summary", start, middle), (&by_pod, "pod", middle, end)] {
        let rate = |of: usize| (to[of] - from[of]) / (to[0] - from[0]);
        let told = row(output, "client");
        assert_eq!(told["source"], source, "{output}");
        assert!(is_within(5.0, number(&told, "rxBytesPerSecond"), rate(1)), "{} received: {output}", rate(1));
        assert!(is_within(5.0, number(&told, "txBytesPerSecond"), rate(2)), "{} sent: {output}", rate(2));
    }
    let requests = number(&row(&by_kubelet, "server"), "requestsPerSecond");
    assert!(is_within(5.0, requests, 8.0), "{requests} requests per second: {by_kubelet}");
    assert!(by_pod.json()["notes"].to_string().contains("get nodes/proxy"), "{by_pod}");
}

/// A user with rights in one namespace only, and with less than that.
#[test]
fn what_a_student_may_not_see_is_named() {
    let stage = Stage::proxy();
    set(&stage);
    let student = stage.grant(IN_PODS);
    let output = traffic(&stage, &["svc/server", "--for", "0", "--as", &student]).succeeds();
    assert!(number(&row(&output, "server"), "rxBytes") >= 0.0, "{output}");
    let output = stage.lab(&["traffic", "-A", "-o", "json", "--as", &student]).run();
    assert_eq!(output.code, Some(5), "{output}");
    assert_eq!(output.json()["error"]["missingRights"], json!(["list pods (cluster-wide)"]), "{output}");
    stage.kubectl(&[
        "patch",
        "role",
        "kubectl-lab-traffic-in-pods",
        "-n",
        NAMESPACE,
        "--type=json",
        "-p",
        r#"[{"op":"test","path":"/rules/1/resources/0","value":"pods/exec"},{"op":"remove","path":"/rules/1"}]"#,
    ]);
    let output = stage.eventually("the right is gone", |stage| {
        let output = traffic(stage, &["--for", "0", "--as", &student]);
        (output.code != Some(0)).then_some(output)
    });
    assert_eq!(output.code, Some(5), "{output}");
    let missing = json!(["create pods/exec in namespace lecture", "get pods/exec in namespace lecture"]);
    assert_eq!(output.json()["error"]["missingRights"], missing, "{output}");
}

/// The state that users report of their kubelets: they know no network of any pod. Then the pods are asked.
#[test]
fn where_a_kubelet_knows_no_network_the_pods_are_asked() {
    let stage = Stage::blind();
    set(&stage);
    // A young pod proves nothing of its kubelet.
    let output = stage.eventually("the kubelet is given up", |stage| {
        let output = traffic(stage, &["--for", "0"]);
        (row(&output, "client")["source"] == "pod").then_some(output)
    });
    let [_, rx, _] = truth(&stage, "client");
    assert!(is_within(2.0, number(&row(&output, "client"), "rxBytes"), rx), "{rx}: {output}");
    let summary = stage.kubectl(&["get", "--raw", "/api/v1/nodes/shared-blind-1/proxy/stats/summary"]);
    let summary: Value = serde_json::from_str(&summary).unwrap_or_else(|error| panic!("{error}: {summary}"));
    let known = |pod: &&Value| pod["podRef"]["namespace"] == NAMESPACE && pod["network"]["rxBytes"].is_u64();
    assert_eq!(summary["pods"].as_array().into_iter().flatten().filter(known).count(), 0, "{summary}");
}
