use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::thread;
use std::time::{Duration, Instant};

use lab_cli::api::{Answer, Api, clock};
use lab_cli::objects::job::{self, Fate};
use lab_cli::objects::pod;
use lab_cli::run::{Output, Run};
use lab_cli::world::{World, nodes};
use serde_json::{Value, json};

const PODS: [&str; 3] = ["demo-app-7c9d-aaaaa", "demo-app-7c9d-bbbbb", "demo-app-7c9d-ccccc"];

fn address(number: usize) -> String {
    format!("10.244.{}.10", number + 1)
}

fn demo_pod(number: usize) -> Value {
    let mut pod = pod::plain("default", PODS[number], &nodes()[number]);
    pod["metadata"]["labels"] = json!({ "app": "demo" });
    pod["spec"]["containers"] =
        json!([{ "name": "nginx", "image": "nginx:latest", "ports": [{ "containerPort": 80 }] }]);
    pod["status"]["podIP"] = json!(address(number));
    pod["status"]["containerStatuses"][0]["name"] = json!("nginx");
    pod::backdate(&mut pod, 3_600);
    pod
}

fn service() -> Value {
    json!({
        "apiVersion": "v1", "kind": "Service",
        "metadata": { "name": "demo-app", "namespace": "default", "creationTimestamp": clock::ago(3_600) },
        "spec": {
            "type": "ClusterIP", "clusterIP": "10.96.0.70", "selector": { "app": "demo" },
            "ports": [{ "port": 80, "targetPort": 80, "protocol": "TCP" }],
        },
    })
}

/// kube-proxy's configuration, which says how connections are handed out.
fn kube_proxy(mode: &str) -> Value {
    let text =
        format!("apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nmode: \"{mode}\"\n");
    json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "kube-proxy", "namespace": "kube-system" },
        "data": { "config.conf": text },
    })
}

/// The lecture's three pods behind their Service.
fn stage_with(change: impl Fn(&mut Value)) -> Api {
    let mut service = service();
    change(&mut service);
    World::default().stage((0..3).map(demo_pod).chain([service, kube_proxy("iptables")]))
}

fn stage() -> Api {
    stage_with(|_| ())
}

/// What the pod that asks writes, where these pods answer in turn, as the lecture's page does.
fn answers(count: usize, by: &[usize]) -> String {
    let line = |number: usize| {
        let who = by[number % by.len()];
        let page = format!("Running {} ({}) on lab-{}", PODS[who], address(who), who + 1);
        format!("answer {} 100.{:02} 100.{:02} 0 {page}\n", number + 1, number % 50, number % 50 + number % 3)
    };
    format!("begin\n{}\nkubectl-lab-done\n", (0..count).map(line).collect::<String>())
}

fn fails(count: usize, code: u8, words: &str) -> String {
    let line = |number: usize| format!("answer {number} 100.00 100.01 {code} {words}\n");
    format!("begin\n{}\nkubectl-lab-done\n", (1..=count).map(line).collect::<String>())
}

fn told(api: &Api, log: String) {
    fares(api, Fate::Writes(log));
}

fn fares(api: &Api, fate: Fate) {
    api.controller(move |store| job::live(store, |_| fate.clone()));
}

fn probe(api: &Api, words: &[&str]) -> Output {
    Run::verb("probe").against(api).args(words.to_vec()).run()
}

fn jobs(api: &Api) -> usize {
    api.change(|store| store.all("jobs.batch").len())
}

fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let started = Instant::now();
    while !holds() {
        assert!(started.elapsed() < Duration::from_secs(20), "in vain: {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn what_kube_proxy_may_not_have_taken_up_yet_is_waited_for() {
    // Built first: a moment is short.
    let _program = Run::verb("probe");
    let api = stage();
    api.change(|store| {
        store.edit("pods", &format!("default/{}", PODS[1]), |pod| {
            pod["status"]["conditions"] =
                json!([{ "type": "Ready", "status": "True", "lastTransitionTime": clock::now() }]);
        });
    });
    told(&api, answers(15, &[0, 1, 2]));
    let output = probe(&api, &["demo-app", "--count", "15"]).succeeds();
    let why =
        "waiting: pod demo-app-7c9d-bbbbb became ready a moment ago, and kube-proxy has to take it up on every node";
    assert!(output.stderr.contains(why), "{output}");
    assert!(output.took > Duration::from_secs(3), "{output}");
}

#[test]
fn who_answered_is_counted_and_judged() {
    let api = stage();
    told(&api, answers(30, &[0, 1, 2, 2, 1, 0, 1]));
    insta::assert_snapshot!(probe(&api, &["demo-app", "--count", "30"]), @r"
    $ kubectl-lab-probe demo-app --count 30
    -- stdout
    even: 30 answers of 3 pods, as chance gives them (chi-squared 1.40, 2 degrees of freedom, p = 0.50)

    POD                   NODE    ANSWERS   SHARE               ERRORS   SLOWEST
    demo-app-7c9d-aaaaa   lab-1   9         30.0%   ██████      0        20ms
    demo-app-7c9d-bbbbb   lab-2   13        43.3%   ████████▋   0        20ms
    demo-app-7c9d-ccccc   lab-3   8         26.7%   █████▍      0        20ms
    -- stderr
    for this run only: ask http://demo-app/ 30 times from a pod in namespace default
    -- exit code 0
    ");
    assert_eq!(jobs(&api), 0);
    let writes = api.seen().writes();
    assert!(writes.requests().iter().all(|one| one.path.contains("/jobs")), "{writes}");
}

#[test]
fn the_pod_that_asks_is_as_small_and_short_lived_as_can_be() {
    let api = stage();
    told(&api, answers(3, &[0]));
    let output =
        probe(&api, &["svc/demo-app", "--count", "3", "--header", "Host: demo.example", "--interval", "200ms"]);
    assert_eq!(output.code, Some(0), "{output}");
    let made = api.seen().writes().only(|one| one.method == "POST");
    let job = made.requests()[0].json().unwrap();
    let spec = &job["spec"]["template"]["spec"];
    assert_eq!(job["spec"]["ttlSecondsAfterFinished"], 120);
    assert!(job["spec"]["activeDeadlineSeconds"].as_u64().is_some_and(|seconds| seconds < 200), "{job}");
    assert_eq!(spec["automountServiceAccountToken"], false);
    assert_eq!(spec["securityContext"]["runAsNonRoot"], true);
    let command = spec["containers"][0]["command"].as_array().unwrap();
    let words: Vec<&str> = command.iter().skip(5).filter_map(Value::as_str).collect();
    assert_eq!(words[..4], ["http://demo-app/", "5", "3", "0.200"]);
    assert_eq!(words[5..], ["1", "--header", "Host: demo.example"]);
}

#[test]
fn session_affinity_explains_why_it_is_one_pod_only() {
    let api = stage_with(|service| service["spec"]["sessionAffinity"] = json!("ClientIP"));
    told(&api, answers(30, &[1]));
    insta::assert_snapshot!(probe(&api, &["demo-app", "--count", "30"]).stdout, @r"
    one pod only: demo-app-7c9d-bbbbb gave all 30 answers, because sessionAffinity is ClientIP: one client's address stays with one pod for 10800 seconds

    POD                   NODE    ANSWERS   SHARE                           ERRORS   SLOWEST
    demo-app-7c9d-aaaaa   lab-1   0         0.0%                            0
    demo-app-7c9d-bbbbb   lab-2   30        100.0%   ████████████████████   0        20ms
    demo-app-7c9d-ccccc   lab-3   0         0.0%                            0
    ");
}

#[test]
fn an_uneven_split_is_negative() {
    let api = stage();
    told(&api, answers(60, &[1, 1, 1, 1, 1, 0]));
    let output = probe(&api, &["demo-app", "--count", "60"]);
    assert_eq!(output.code, Some(3), "{output}");
    insta::assert_snapshot!(output.stdout, @r"
    uneven: 60 answers of 3 pods, and not as chance gives them (chi-squared 70.00, 2 degrees of freedom, p < 0.001)

    POD                   NODE    ANSWERS   SHARE                       ERRORS   SLOWEST
    demo-app-7c9d-aaaaa   lab-1   10        16.7%   ███▍                0        20ms
    demo-app-7c9d-bbbbb   lab-2   50        83.3%   ████████████████▋   0        20ms
    demo-app-7c9d-ccccc   lab-3   0         0.0%                        0
    ");
}

#[test]
fn too_few_requests_say_how_many_would_do() {
    let api = stage();
    told(&api, answers(4, &[0, 1]));
    let output = probe(&api, &["demo-app", "--count", "4"]).succeeds();
    assert!(output.stdout.starts_with("too few to tell: 3 pods need 15 answers, and there are 4\n"), "{output}");
}

#[test]
fn who_is_not_named_in_the_answer_is_found_in_the_logs() {
    let api = stage();
    let said = "Welcome to nginx!";
    let log: String = (1..=15).map(|number| format!("answer {number} 100.00 100.01 0 {said}\n")).collect();
    told(&api, format!("begin\n{log}\nkubectl-lab-done\n"));
    // As nginx writes it: the Job's name has the run in it.
    api.after("create /apis/batch/v1/namespaces/default/jobs").then(|store, request| {
        let name = request.json().unwrap()["metadata"]["name"].as_str().unwrap().to_owned();
        let run = name.strip_prefix("kubectl-lab-probe-0-").unwrap().to_owned();
        for number in 1..=15_usize {
            let line =
                format!(r#"10.244.2.9 - - [x] "GET / HTTP/1.1" 200 615 "-" "kubectl-lab-probe/{run}.0.{number}""#);
            store.log(&format!("default/{}", PODS[number % 3]), "nginx", &line);
        }
    });
    let output = probe(&api, &["demo-app", "--count", "15"]).succeeds();
    assert!(output.stdout.starts_with("even: 15 answers of 3 pods"), "{output}");
}

#[test]
fn who_cannot_be_found_out_is_called_unknown() {
    let api = stage();
    told(&api, fails(20, 0, "Welcome to nginx!"));
    insta::assert_snapshot!(probe(&api, &["demo-app", "--count", "20"]).succeeds().stdout, @r"
    not judged: who gave 20 of 20 answers is unknown

    POD                   NODE    ANSWERS   SHARE                           ERRORS   SLOWEST
    demo-app-7c9d-aaaaa   lab-1   0         0.0%                            0
    demo-app-7c9d-bbbbb   lab-2   0         0.0%                            0
    demo-app-7c9d-ccccc   lab-3   0         0.0%                            0
    <unknown>                     20        100.0%   ████████████████████   0        10ms

    note: who gave 20 answers is unknown: no pod is named in them, and the pods' logs do not show the user agent either
    ");
}

#[test]
fn a_selector_that_matches_nothing_is_shown_the_labels_that_were_meant() {
    let api = stage_with(|service| service["spec"]["selector"] = json!({ "app": "demo-app" }));
    insta::assert_snapshot!(probe(&api, &["demo-app"]), @r#"
    $ kubectl-lab-probe demo-app
    -- stdout
    Service default/demo-app does not answer: its selector app=demo-app matches no pod in namespace default; there are pods with app=demo

    hint: kubectl -n default patch service demo-app -p '{"spec":{"selector":{"app":"demo"}}}'
    -- exit code 3
    "#);
    assert_eq!(api.seen().writes().count(), 0, "nothing has to be asked to know that");
}

#[test]
fn pods_that_are_not_ready_say_why() {
    let api = stage();
    api.change(|store| {
        for pod in PODS {
            store.edit("pods", &format!("default/{pod}"), |pod| {
                let status = &mut pod["status"];
                status["conditions"] = json!([{ "type": "Ready", "status": "False" }]);
                status["containerStatuses"][0]["ready"] = json!(false);
                status["containerStatuses"][0]["state"] = json!({ "waiting": { "reason": "ImagePullBackOff", "message": "Back-off pulling image \"ngnix:latest\"" } });
            });
        }
    });
    let output = probe(&api, &["demo-app"]);
    assert_eq!(output.code, Some(3), "{output}");
    insta::assert_snapshot!(output.stdout, @r#"
    Service default/demo-app does not answer: none of its 3 pods is ready: demo-app-7c9d-aaaaa (and 2 more): ImagePullBackOff: Back-off pulling image "ngnix:latest"

    hint: kubectl -n default describe pod demo-app-7c9d-aaaaa
    "#);
}

#[test]
fn a_wrong_target_port_is_named_where_connections_are_refused() {
    let api = stage_with(|service| service["spec"]["ports"][0]["targetPort"] = json!(8080));
    told(&api, fails(20, 1, "wget: can't connect to remote host (10.96.0.70): Connection refused"));
    let output = probe(&api, &["demo-app", "--count", "20"]);
    assert_eq!(output.code, Some(3), "{output}");
    insta::assert_snapshot!(output.stdout, @r#"
    Service default/demo-app does not answer a pod: all 20 requests failed: connection refused: port 80 of the Service leads to port 8080 of its pods, which declare 80

    POD                          NODE    ANSWERS   SHARE       ERRORS
    demo-app-7c9d-aaaaa          lab-1   0         0.0%        0
    demo-app-7c9d-bbbbb          lab-2   0         0.0%        0
    demo-app-7c9d-ccccc          lab-3   0         0.0%        0
    <none: connection refused>           0                     20

    hint: kubectl -n default patch service demo-app --type=json -p '[{"op":"add","path":"/spec/ports/0/targetPort","value":80}]'
    "#);
}

#[test]
fn a_name_that_does_not_resolve_is_shown_the_one_that_would() {
    let api = stage();
    insta::assert_snapshot!(probe(&api, &["demo-ap"]), @r"
    $ kubectl-lab-probe demo-ap
    -- stdout
    there is no Service demo-ap in namespace default, so its name does not resolve

    hint: did you mean svc/demo-app? kubectl lab probe svc/demo-app -n default
    -- exit code 3
    ");
    let output = probe(&api, &["demo-app", "-n", "lecture"]);
    insta::assert_snapshot!(output.stdout, @r"
    there is no Service demo-app in namespace lecture, so its name does not resolve; there is one in namespace default: from here its name is demo-app.default

    hint: kubectl lab probe demo-app -n default
    ");
    told(&api, fails(10, 1, "wget: bad address 'demo-ap'"));
    let output = probe(&api, &["http://demo-ap/", "--count", "10"]);
    assert_eq!(output.code, Some(3), "{output}");
    insta::assert_snapshot!(output.stdout, @r"
    http://demo-ap does not answer a pod: all 10 requests failed: there is no Service demo-ap in namespace default, so its name does not resolve

    hint: did you mean svc/demo-app? kubectl lab probe svc/demo-app -n default
    ");
}

#[test]
fn requests_that_get_no_answer_are_told_with_what_may_keep_them_out() {
    let api = stage();
    let policies = json!({ "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicyList", "metadata": {}, "items": [
        { "metadata": { "name": "deny-all", "namespace": "default" }, "spec": {} },
    ] });
    api.on("GET /apis/networking.k8s.io/v1/namespaces/default/networkpolicies").answer(Answer::json(200, &policies));
    let lost = (1..=10).map(|number| format!("answer {number} 100.00 105.00 143 Terminated\n")).collect::<String>();
    let skipped = (11..=100).map(|number| format!("skipped {number}\n")).collect::<String>();
    told(&api, format!("begin\n{lost}{skipped}\nkubectl-lab-done\n"));
    let output = probe(&api, &["demo-app"]);
    assert_eq!(output.code, Some(3), "{output}");
    insta::assert_snapshot!(output.stdout, @r"
    Service default/demo-app does not answer a pod: all 10 requests failed (90 more were not made): nothing came back in time; there are NetworkPolicies that may keep it out: deny-all

    POD                                 NODE    ANSWERS   SHARE       ERRORS
    demo-app-7c9d-aaaaa                 lab-1   0         0.0%        0
    demo-app-7c9d-bbbbb                 lab-2   0         0.0%        0
    demo-app-7c9d-ccccc                 lab-3   0         0.0%        0
    <none: nothing came back in time>           0                     10

    hint: what do they let in? kubectl -n default describe networkpolicy deny-all
    hint: does kube-proxy run on every node? kubectl -n kube-system get pods -l k8s-app=kube-proxy -o wide
    hint: is the program slow? give it more time with --patience 30s
    ");
}

#[test]
fn http_errors_are_answers_and_no_success() {
    let api = stage();
    told(&api, fails(20, 1, "wget: server returned error: HTTP/1.1 404 Not Found"));
    let output = probe(&api, &["demo-app", "--count", "20"]);
    assert_eq!(output.code, Some(3), "{output}");
    let first = output.stdout.lines().next().unwrap();
    assert_eq!(first, "Service default/demo-app: all 20 requests were answered with HTTP 404 (20 times)");
}

#[test]
fn a_namespace_that_forbids_host_networks_is_named() {
    let api = stage();
    fares(&api, Fate::Forbidden(r#"violates PodSecurity "restricted:latest": host namespaces (hostNetwork=true)"#));
    let output = probe(&api, &["demo-app", "--from", "node", "--yes"]);
    assert_eq!(output.code, Some(3), "{output}");
    assert!(output.stdout.contains("its pod is forbidden: violates PodSecurity"), "{output}");
    assert!(output.stdout.contains("hint: namespace default forbids pods on the network of nodes"), "{output}");
    assert_eq!(jobs(&api), 0);
}

#[test]
fn one_namespace_is_all_that_is_needed() {
    let api = stage();
    api.deny("get", "configmaps", Some("kube-system"));
    let everywhere = Answer::status(403, "Forbidden", "services is forbidden: User \"student\" cannot list resource");
    api.on("GET /api/v1/services").answer(everywhere);
    told(&api, answers(30, &[0, 1, 2]));
    let output = probe(&api, &["demo-app", "--count", "30"]).succeeds();
    assert!(output.stdout.contains("note: kube-proxy's mode may not be read by you"), "{output}");
    let output = probe(&api, &["demo-ap"]);
    assert!(output.stdout.contains("did you mean svc/demo-app?"), "{output}");
}

#[test]
fn a_missing_right_is_told_with_the_role_that_grants_it() {
    let api = stage();
    api.deny("create", "jobs.batch", Some("default"));
    let output = probe(&api, &["demo-app"]);
    assert_eq!(output.code, Some(5), "{output}");
    assert!(output.stderr.contains("missing right: create jobs.batch in namespace default"), "{output}");
    assert_eq!(api.seen().writes().count(), 0);
}

/// The connection that the log comes by may break: nothing is lost, and nothing counts twice.
#[test]
fn a_log_that_is_cut_while_it_is_followed_is_read_to_its_end() {
    let api = stage();
    fares(&api, Fate::Runs);
    let all = answers(30, &[0, 1, 2]);
    api.on("get /api/v1/namespaces/default/pods/*/log?follow=true").first(2).answer(Answer::Drop);
    api.after("get /api/v1/namespaces/default/pods/*/log?follow=true").first(1).then(move |store, request| {
        let pod = request.path.split('/').nth(6).unwrap().to_owned();
        store.log(&format!("default/{pod}"), "look", &all);
    });
    let output = probe(&api, &["demo-app", "--count", "30"]).succeeds();
    assert!(output.stdout.starts_with("even: 30 answers of 3 pods"), "{output}");
}

#[test]
fn requests_that_are_not_accounted_for_are_no_success() {
    let api = stage();
    let cut = answers(30, &[0, 1, 2]).lines().take(21).collect::<Vec<_>>().join("\n");
    fares(&api, Fate::Fails(137, cut));
    let output = probe(&api, &["demo-app", "--count", "30"]);
    assert_eq!(output.code, Some(3), "{output}");
    let first = output.stdout.lines().next().unwrap();
    assert!(first.starts_with("20 of 30 requests are accounted for, 10 are not: exit code 137"), "{output}");
}

#[test]
fn control_c_shows_what_was_seen_until_then_and_removes_the_pod() {
    let api = stage();
    fares(&api, Fate::Runs);
    let some = answers(12, &[0, 1, 2]).lines().take(13).collect::<Vec<_>>().join("\n");
    api.after("get /api/v1/namespaces/default/pods/*/log?follow=true").first(1).then(move |store, request| {
        let pod = request.path.split('/').nth(6).unwrap().to_owned();
        store.log(&format!("default/{pod}"), "look", &some);
    });
    let running = Run::verb("probe").against(&api).args(["demo-app", "--count", "1000"]).start();
    until("the log is followed", || api.seen().only(|one| one.path.ends_with("/log")).count() > 0);
    thread::sleep(Duration::from_millis(500));
    running.interrupt();
    let output = running.wait();
    assert_eq!(output.code, Some(130), "{output}");
    assert!(output.stdout.starts_with("12 of 1000 requests are accounted for, 988 are not"), "{output}");
    assert_eq!(jobs(&api), 0);
}

#[test]
fn a_dry_run_asks_nobody() {
    let api = stage();
    let output = probe(&api, &["demo-app", "--dry-run=server", "--keep-alive"]).succeeds();
    assert!(output.stdout.starts_with("Service default/demo-app was not asked\n"), "{output}");
    let title = "ask http://demo-app/ 100 times from a pod in namespace default, and as often over one connection";
    assert!(output.stderr.contains(title), "{output}");
    assert_eq!(api.seen().writes().count(), 0);
}

#[test]
fn one_connection_is_one_pod() {
    let api = stage();
    let page =
        |_: usize| format!("HTTP/1.1 200 OK\nContent-Length: 60\n\nRunning {} ({}) on lab-2", PODS[1], address(1));
    let kept = format!("begin\n{}\n\nkubectl-lab-done\n", (0..30).map(page).collect::<String>());
    let fresh = answers(30, &[0, 1, 2]);
    api.controller(move |store| {
        job::live(store, |job| {
            let name = job["metadata"]["name"].as_str().unwrap_or_default();
            Fate::Writes(if name.contains("-probe-1-") { kept.clone() } else { fresh.clone() })
        });
    });
    insta::assert_snapshot!(probe(&api, &["demo-app", "--count", "30", "--keep-alive"]).succeeds().stdout, @r"
    even: 30 answers of 3 pods, as chance gives them (chi-squared 0.00, 2 degrees of freedom, p > 0.999); more even than chance would be: something takes turns

    FROM                    POD                   NODE    ANSWERS   SHARE                           ERRORS   SLOWEST
    a pod                   demo-app-7c9d-aaaaa   lab-1   10        33.3%    ██████▋                0        <10ms
    a pod                   demo-app-7c9d-bbbbb   lab-2   10        33.3%    ██████▋                0        10ms
    a pod                   demo-app-7c9d-ccccc   lab-3   10        33.3%    ██████▋                0        20ms
    a pod, one connection   demo-app-7c9d-aaaaa   lab-1   0         0.0%                            0
    a pod, one connection   demo-app-7c9d-bbbbb   lab-2   30        100.0%   ████████████████████   0
    a pod, one connection   demo-app-7c9d-ccccc   lab-3   0         0.0%                            0

    from a pod: even: 30 answers of 3 pods, as chance gives them (chi-squared 0.00, 2 degrees of freedom, p > 0.999); more even than chance would be: something takes turns
    from a pod, one connection: one pod only: demo-app-7c9d-bbbbb gave all 30 answers, because the pod is chosen once for each connection, and this was a single one
    ");
}

#[test]
fn every_node_asks_for_itself() {
    let api = stage();
    told(&api, answers(30, &[0, 1, 2]));
    insta::assert_snapshot!(probe(&api, &["demo-app", "--count", "30", "--from-each-node"]).succeeds(), @r"
    $ kubectl-lab-probe demo-app --count 30 --from-each-node
    -- stdout
    even from each of 3 places

    FROM                  POD                   NODE    ANSWERS   SHARE             ERRORS   SLOWEST
    a pod on node lab-1   demo-app-7c9d-aaaaa   lab-1   10        33.3%   ██████▋   0        <10ms
    a pod on node lab-1   demo-app-7c9d-bbbbb   lab-2   10        33.3%   ██████▋   0        10ms
    a pod on node lab-1   demo-app-7c9d-ccccc   lab-3   10        33.3%   ██████▋   0        20ms
    a pod on node lab-2   demo-app-7c9d-aaaaa   lab-1   10        33.3%   ██████▋   0        <10ms
    a pod on node lab-2   demo-app-7c9d-bbbbb   lab-2   10        33.3%   ██████▋   0        10ms
    a pod on node lab-2   demo-app-7c9d-ccccc   lab-3   10        33.3%   ██████▋   0        20ms
    a pod on node lab-3   demo-app-7c9d-aaaaa   lab-1   10        33.3%   ██████▋   0        <10ms
    a pod on node lab-3   demo-app-7c9d-bbbbb   lab-2   10        33.3%   ██████▋   0        10ms
    a pod on node lab-3   demo-app-7c9d-ccccc   lab-3   10        33.3%   ██████▋   0        20ms

    from a pod on node lab-1: even: 30 answers of 3 pods, as chance gives them (chi-squared 0.00, 2 degrees of freedom, p > 0.999); more even than chance would be: something takes turns
    from a pod on node lab-2: even: 30 answers of 3 pods, as chance gives them (chi-squared 0.00, 2 degrees of freedom, p > 0.999); more even than chance would be: something takes turns
    from a pod on node lab-3: even: 30 answers of 3 pods, as chance gives them (chi-squared 0.00, 2 degrees of freedom, p > 0.999); more even than chance would be: something takes turns
    -- stderr
    for this run only: ask http://demo-app/ 30 times from a pod on each of 3 nodes
    -- exit code 0
    ");
    assert_eq!(jobs(&api), 0);
}

/// Answers as a pod of the lecture would.
fn web_server(who: usize) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let _ = stream.read(&mut [0; 1024]);
            let page = format!("Running {} ({}) on lab-1", PODS[who], address(who));
            let length = page.len();
            let _ = write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{page}");
        }
    });
    port
}

#[test]
fn this_machine_asks_the_address_of_the_load_balancer() {
    let port = web_server(2);
    let api = stage_with(|service| {
        service["spec"]["type"] = json!("LoadBalancer");
        service["spec"]["externalTrafficPolicy"] = json!("Local");
        service["spec"]["ports"][0]["port"] = json!(port);
        service["status"] = json!({ "loadBalancer": { "ingress": [{ "ip": "127.0.0.1" }] } });
    });
    let output = probe(&api, &["demo-app", "--from", "here", "--count", "20"]).succeeds();
    assert!(output.stdout.starts_with("not judged: externalTrafficPolicy is Local"), "{output}");
    let row = output.stdout.lines().find(|line| line.starts_with(PODS[2])).unwrap();
    assert!(row.contains("   20        100.0%   ████████████████████"), "{output}");
    assert_eq!(api.seen().writes().count(), 0, "nothing is made in the cluster");
    let output = probe(&stage(), &["demo-app", "--from", "here"]);
    assert_eq!(output.code, Some(3), "{output}");
    assert!(output.stdout.contains("it has no address outside the cluster that this machine could ask"), "{output}");
}

#[test]
fn a_deployment_is_asked_through_its_service_and_a_pod_by_its_address() {
    let api = stage();
    let template = json!({ "metadata": { "labels": { "app": "demo" } }, "spec": {} });
    api.change(|store| {
        store.put(json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": { "name": "demo", "namespace": "default" },
            "spec": { "replicas": 0, "paused": true, "selector": { "matchLabels": { "app": "demo" } }, "template": template },
        }));
    });
    told(&api, answers(30, &[0, 1, 2]));
    let output = probe(&api, &["deploy/demo", "--count", "30"]).succeeds();
    assert!(
        output.stdout.contains("note: Deployment default/demo was asked through the Service before it, demo-app"),
        "{output}"
    );

    let api = stage();
    told(&api, answers(30, &[2]));
    let output = probe(&api, &[&format!("pod/{}", PODS[2]), "--count", "30"]).succeeds();
    assert!(
        output.stdout.starts_with(
            "one pod only: demo-app-7c9d-ccccc gave all 30 answers, because it was asked by its own address"
        ),
        "{output}"
    );
    assert!(output.stderr.contains("http://10.244.3.10/"), "{output}");
}

#[test]
fn what_cannot_be_is_wrong_usage() {
    let api = stage();
    for (words, told) in [
        (&["demo-app", "--from", "here", "--from-each-node"][..], "--from here is this machine"),
        (&["demo-app", "--port", "8080"], "it has no TCP port 8080; it has 80"),
        (&["demo-app", "--count", "0"], "0 is not in 1..=10000"),
        (&["node/lab-1"], "cannot be asked; it is svc/NAME"),
    ] {
        let output = probe(&api, words);
        assert_eq!(output.code, Some(2), "{output}");
        assert!(output.stderr.contains(told), "{output}");
    }
}
