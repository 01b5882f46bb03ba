use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::thread;
use std::time::Duration;

use lab_cli::api::{Api, clock};
use lab_cli::objects::job::{self, Fate};
use lab_cli::objects::metallb::{self, MetalLb};
use lab_cli::objects::pod;
use lab_cli::run::{Output, Run};
use lab_cli::world::nodes;
use serde_json::{Value, json};

use super::{alive, lab};

/// Addresses of this machine stand for those of the lecture hall; nothing listens at the last of them.
const POOL: &str = "127.0.0.2-127.0.0.9";
const FIRST: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

/// Answers HTTP with an empty page.
fn web_server(address: Ipv4Addr) -> u16 {
    let listener = TcpListener::bind((address, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let _ = stream.read(&mut [0; 1024]);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        }
    });
    port
}

fn closed_port() -> u16 {
    TcpListener::bind((FIRST, 0)).unwrap().local_addr().unwrap().port()
}

fn web_pod() -> Value {
    let mut pod = pod::plain("default", "web-1", &nodes()[1]);
    pod["metadata"]["labels"] = json!({ "app": "web" });
    pod
}

fn web(port: u16) -> Value {
    let mut service = metallb::balanced("default", "web");
    service["metadata"]["creationTimestamp"] = json!(clock::ago(3_600));
    service["spec"]["ports"] = json!([{ "port": port, "nodePort": 31_080 }]);
    service
}

/// MetalLB with a pool of this machine's own addresses, and a Service that has the first of them.
fn stage(port: u16) -> Api {
    let metallb = MetalLb::default();
    let configuration = [metallb.pool("lecture", &[POOL]), metallb.advertisement("external-access", &["lecture"])];
    let work = [web(port), web_pod()];
    alive(metallb.objects().into_iter().chain(configuration).chain(work))
}

/// The pods that ask say this.
fn told(api: &Api, line: &str) {
    let line = format!("{line}\n\nkubectl-lab-done\n");
    api.controller(move |store| job::live(store, |_| Fate::Writes(line.clone())));
}

fn verify(api: &Api, words: &[&str]) -> Output {
    lab(api, &[&["verify"], words].concat())
}

fn jobs(api: &Api) -> usize {
    api.change(|store| store.all("jobs.batch").len())
}

#[test]
fn an_answer_from_here_passes_every_hop_and_writes_nothing() {
    let api = stage(web_server(FIRST));
    let port = api.get("services", "default/web").unwrap()["spec"]["ports"][0]["port"].to_string();
    insta::assert_snapshot!(verify(&api, &["web", "--from", "here"]).hiding(&port, "PORT"), @r"
    $ kubectl-lab-metallb verify web --from here
    -- stdout
    Service default/web answers at 127.0.0.2, also off the nodes: layer 2 and kube-proxy are shown

    HOP             STATE   DETAIL
    service         ok      type LoadBalancer, port $PORT/TCP
    class           ok      no loadBalancerClass: MetalLB serves it
    controller      ok      MetalLB v0.16.2, its controller runs
    pool            ok      lecture: 127.0.0.2-127.0.0.9, 1 used, 7 free
    address         ok      127.0.0.2 from the pool lecture
    advertisement   ok      L2Advertisement external-access covers the pool lecture
    node            ok      lab-1, lab-2 and lab-3 may announce it
    endpoints       ok      1 of 1 endpoint ready, on lab-2
    announced       ok      by lab-1
    from here       ok      HTTP 200 from 127.0.0.2:$PORT; this machine (127.0.0.1) is none of the nodes: layer 2 is shown
    -- exit code 0
    ");
    assert_eq!(api.seen().writes().count(), 0);
}

#[test]
fn pods_ask_and_are_gone_again() {
    let port = web_server(FIRST);
    let api = stage(port);
    told(&api, &format!("http://127.0.0.2:{port}/ 0"));
    let output = verify(&api, &["svc/web", "--from", "pod,node,here"]);
    insta::assert_snapshot!(output.hiding(&port.to_string(), "PORT"), @r"
    $ kubectl-lab-metallb verify svc/web --from pod,node,here
    -- stdout
    Service default/web answers at 127.0.0.2, also off the nodes: layer 2 and kube-proxy are shown

    HOP             STATE   DETAIL
    service         ok      type LoadBalancer, port $PORT/TCP
    class           ok      no loadBalancerClass: MetalLB serves it
    controller      ok      MetalLB v0.16.2, its controller runs
    pool            ok      lecture: 127.0.0.2-127.0.0.9, 1 used, 7 free
    address         ok      127.0.0.2 from the pool lecture
    advertisement   ok      L2Advertisement external-access covers the pool lecture
    node            ok      lab-1, lab-2 and lab-3 may announce it
    endpoints       ok      1 of 1 endpoint ready, on lab-2
    announced       ok      by lab-1
    from a pod      ok      HTTP 200 from 127.0.0.2:$PORT
    from a node     ok      HTTP 200 from 127.0.0.2:$PORT (node lab-2)
    from here       ok      HTTP 200 from 127.0.0.2:$PORT; this machine (127.0.0.1) is none of the nodes: layer 2 is shown
    -- stderr
    cluster: context lecture, server http://127.0.0.1:$PORT, user student
    plan:
      1. ask 127.0.0.2:$PORT from a pod in namespace default
         why: an answer there shows that kube-proxy passes the address on
         for this run only: removed when it ends
         if that fails: go on without
      2. ask 127.0.0.2:$PORT from the network of node lab-2
         why: an answer there shows that kube-proxy passes the address on
         for this run only: removed when it ends
         if that fails: go on without
      then: look at what they were told
    for this run only: ask 127.0.0.2:$PORT from a pod in namespace default
    for this run only: ask 127.0.0.2:$PORT from the network of node lab-2
    -- exit code 0
    ");
    assert_eq!(jobs(&api), 0);
    let writes = api.seen().writes();
    let paths: Vec<String> = writes.requests().iter().map(|one| format!("{} {}", one.method, one.path)).collect();
    assert!(paths.iter().all(|path| path.contains("/jobs")), "{paths:?}");
}

#[test]
fn what_answers_in_everybodys_name_is_no_proof() {
    // Every address of this machine's, as a proxy on the way would.
    let api = stage(web_server(Ipv4Addr::UNSPECIFIED));
    let output = verify(&api, &["web", "--from", "here"]).succeeds();
    assert!(output.stdout.starts_with("unproven: nothing speaks against Service default/web"), "{output}");
    assert!(output.stdout.contains("which no Service has, takes connections from here as well"), "{output}");
}

#[test]
fn a_refused_connection_is_negative() {
    let port = closed_port();
    let api = stage(port);
    let refused =
        format!("http://127.0.0.2:{port}/ 1 wget: can't connect to remote host (127.0.0.2): Connection refused");
    told(&api, &refused);
    let output = verify(&api, &["web"]).hiding(&port.to_string(), "PORT");
    assert_eq!(output.code, Some(3), "{output}");
    insta::assert_snapshot!(output.stdout, @r"
    Service default/web does not work from a pod: no answer from 127.0.0.2:$PORT: connection refused

    HOP             STATE    DETAIL
    service         ok       type LoadBalancer, port $PORT/TCP
    class           ok       no loadBalancerClass: MetalLB serves it
    controller      ok       MetalLB v0.16.2, its controller runs
    pool            ok       lecture: 127.0.0.2-127.0.0.9, 1 used, 7 free
    address         ok       127.0.0.2 from the pool lecture
    advertisement   ok       L2Advertisement external-access covers the pool lecture
    node            ok       lab-1, lab-2 and lab-3 may announce it
    endpoints       ok       1 of 1 endpoint ready, on lab-2
    announced       ok       by lab-1
    from a pod      failed   no answer from 127.0.0.2:$PORT: connection refused
    from here       failed   no answer from 127.0.0.2:$PORT: connection refused; this machine (127.0.0.1) is none of the nodes

    hint: does its program listen on port $PORT? kubectl -n default port-forward pod/web-1 8080:$PORT, then curl localhost:8080
    hint: does a NetworkPolicy keep it out? kubectl -n default get networkpolicies
    hint: does kube-proxy run on every node? kubectl -n kube-system get pods -l k8s-app=kube-proxy -o wide
    ");
}

#[test]
fn a_hop_that_fails_is_named_and_nothing_is_made() {
    let api = stage(80);
    api.change(|store| store.remove("l2advertisements.metallb.io", "metallb-system/external-access"));
    insta::assert_snapshot!(verify(&api, &["web"]), @r"
    $ kubectl-lab-metallb verify web
    -- stdout
    Service default/web does not work: there is no L2Advertisement, so no node announces the addresses of the pool lecture

    HOP             STATE           DETAIL
    service         ok              type LoadBalancer, port 80/TCP
    class           ok              no loadBalancerClass: MetalLB serves it
    controller      ok              MetalLB v0.16.2, its controller runs
    pool            ok              lecture: 127.0.0.2-127.0.0.9, 1 used, 7 free
    address         ok              127.0.0.2 from the pool lecture
    advertisement   failed          there is no L2Advertisement, so no node announces the addresses of the pool lecture
    node            not looked at
    endpoints       not looked at
    announced       not looked at
    from a pod      not looked at
    from here       not looked at

    hint: kubectl lab metallb pool add lecture 127.0.0.2-127.0.0.9
    -- exit code 3
    ");
    assert_eq!(api.seen().writes().count(), 0);
    let report = verify(&api, &["web", "-o", "json"]).json();
    assert_eq!(
        (&report["result"], &report["conclusion"], &report["kind"]),
        (&json!("negative"), &json!("fails"), &json!("MetalLBVerifyReport"))
    );
}

#[test]
fn a_selector_with_a_typing_error() {
    let api = stage(80);
    api.change(|store| {
        store.edit("services", "default/web", |service| service["spec"]["selector"] = json!({ "app": "wbe" }));
    });
    let output = verify(&api, &["web"]);
    assert_eq!(output.code, Some(3), "{output}");
    let said = "its selector app=wbe matches no pod in namespace default; there are pods with app=web";
    assert!(output.stdout.contains(said), "{output}");
}

#[test]
fn a_service_that_was_just_made_is_waited_for() {
    // Built first: a Service is young for some seconds only.
    let _program = Run::verb("metallb");
    let port = web_server(FIRST);
    let api = stage(port);
    let ready = web_pod()["status"].clone();
    api.change(|store| {
        store.remove("services", "default/web");
        let mut service = web(port);
        service["metadata"].as_object_mut().unwrap().shift_remove("creationTimestamp");
        store.put(service);
        store.edit("pods", "default/web-1", |pod| {
            let unready = pod::status(&pod["spec"], &nodes()[1], "10.244.1.20", "web-1", &pod::State::Creating);
            pod["status"] = unready;
        });
    });
    api.after("list /api/v1/namespaces/default/pods").nth(1).later(Duration::from_millis(300)).then(move |store, _| {
        store.edit("pods", "default/web-1", |pod| pod["status"] = ready.clone());
    });
    let output = verify(&api, &["web", "--from", "here"]).succeeds();
    assert!(output.stderr.starts_with("waiting: its one pod is not ready: web-1: ContainerCreating\n"), "{output}");
    assert!(output.stdout.contains("layer 2 is shown"), "{output}");
}

#[test]
fn who_may_make_no_job_learns_what_is_left() {
    let api = stage(80);
    api.deny("create", "jobs.batch", Some("default"));
    let output = verify(&api, &["web", "--from", "pod"]).succeeds();
    assert!(output.stdout.starts_with("unproven: "), "{output}");
    assert!(output.stdout.contains("create jobs.batch in namespace default"), "{output}");
    assert_eq!(jobs(&api), 0);
}

#[test]
fn a_name_that_is_not_there() {
    let api = stage(80);
    insta::assert_snapshot!(verify(&api, &["wbe", "--from", "here"]), @r"
    $ kubectl-lab-metallb verify wbe --from here
    -- stdout
    Service default/wbe does not work: there is no Service wbe in namespace default

    HOP             STATE           DETAIL
    service         failed          there is no Service wbe in namespace default
    class           not looked at
    controller      not looked at
    pool            not looked at
    address         not looked at
    advertisement   not looked at
    node            not looked at
    endpoints       not looked at
    announced       not looked at
    from here       not looked at

    hint: there is one called web: kubectl lab metallb verify default/web
    -- exit code 3
    ");
    let elsewhere = verify(&api, &["lecture/web"]);
    assert!(
        elsewhere.stdout.contains("hint: there is one in namespace default: kubectl lab metallb verify default/web"),
        "{elsewhere}"
    );
}

#[test]
fn wrong_usage_is_told_before_anything_is_asked() {
    let api = stage(80);
    for (words, said) in [
        (&["lecture/web", "-n", "default"][..], "two namespaces were given"),
        (&["web", "--port", "8443"], "it has no port 8443"),
        (&["web", "--from", "moon"], "invalid value 'moon'"),
        (&["a/b/c"], "invalid value 'a/b/c'"),
    ] {
        let output = verify(&api, words);
        assert_eq!(output.code, Some(2), "{output}");
        assert!(output.stderr.contains(said), "no {said:?}: {output}");
    }
}

#[test]
fn without_metallb_it_says_so() {
    let api = alive([web(80), web_pod()]);
    let output = verify(&api, &["web"]);
    assert_eq!(output.code, Some(3), "{output}");
    assert!(output.stdout.starts_with("Service default/web does not work: MetalLB is not installed\n"), "{output}");
    assert!(output.stdout.contains("hint: kubectl lab metallb install\n"), "{output}");
}

#[test]
fn a_dry_run_shows_what_would_ask() {
    let api = stage(80);
    let output = verify(&api, &["web", "--from", "pod", "--dry-run=client"]).succeeds();
    assert!(output.stderr.contains("ask 127.0.0.2:80 from a pod in namespace default"), "{output}");
    assert!(output.stdout.contains("from a pod      not looked at"), "{output}");
    assert_eq!(api.seen().writes().count(), 0);
}
