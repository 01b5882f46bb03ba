//! metrics-server is there; why does it not deliver? Asked of its newest pods: do they run, and what do their logs say.

use k8s_openapi::api::core::v1::{ContainerStatus, Node, Pod};
use lab::Log;
use lab_plan::{Plan, Refusal};

use super::{Server, condition, ready_nodes, secure, steps, unread_nodes};
use crate::args::Args;
use crate::arguments::{is_insecure, node_selector};
use crate::evidence::{self, Cause, Evidence, Trouble};
use crate::facts::PodSeen;
use crate::gather::is_ready;

/// Evidence is waited for this long after a container has started, plus two scrapes: the first numbers take those.
const GRACE: i64 = 60;
/// A rollout takes an old pod down within this time, if it does at all.
const LEAVING: i64 = 30;
/// What the program cannot do it tries again and again; what was said longer ago is over.
const TROUBLE: i64 = 120;

pub fn judge(args: &Args, server: &Server<'_>) -> Plan {
    let deployment = &server.deployment.object;
    let generation = deployment.metadata.generation.unwrap_or_default();
    let observed = deployment.status.as_ref().and_then(|status| status.observed_generation).unwrap_or_default();
    if observed < generation {
        return Plan::wait(format!("{}: its controller has not taken up the newest change yet", server.target()));
    }
    let pods = server.backend.current_pods(deployment);
    let Some(pod) = telling(server, &pods) else { return without_pods(server) };
    if let Some(plan) = cannot_start(server, pod) {
        return plan;
    }
    if let Some(node) = lost_node(server, &pod.pod) {
        let pod = name(&pod.pod);
        if ready_nodes(server.facts).is_empty() {
            return Plan::wait("no node is Ready, so there is nothing to measure");
        }
        return Plan::wait(format!("node {node} is not Ready; its pod {pod} moves to another after some minutes"));
    }
    let Some(status) = container_status(server, &pod.pod) else {
        return Plan::wait(format!("pod {} is being started", name(&pod.pod)));
    };
    let waiting = status.state.as_ref().and_then(|state| state.waiting.as_ref());
    let reason = waiting.and_then(|waiting| waiting.reason.as_deref()).unwrap_or_default();
    match reason {
        "" => {}
        "ContainerCreating" | "PodInitializing" => return Plan::wait(format!("pod {}: {reason}", name(&pod.pod))),
        "CrashLoopBackOff" => return crashes(server, pod, status),
        "ErrImagePull" | "ImagePullBackOff" | "InvalidImageName" | "ErrImageNeverPull" => {
            let message = waiting.and_then(|waiting| waiting.message.as_deref()).unwrap_or_default();
            return Plan::refuse(no_image(server, &pod.pod, reason, message));
        }
        other => {
            let message = waiting.and_then(|waiting| waiting.message.as_deref()).unwrap_or_default();
            let reason = format!("pod {} cannot start: {other}: {message}", name(&pod.pod));
            return Plan::refuse(Refusal::cannot_mend(reason).hint(describe(server, &pod.pod)));
        }
    }
    if status.state.as_ref().is_some_and(|state| state.terminated.is_some()) {
        return crashes(server, pod, status);
    }
    running(args, server, pod, status)
}

/// The pod that tells most: one on a living node whose container runs, before others; one that is not Ready before one
/// that is, the newest of these.
fn telling<'p>(server: &Server<'_>, pods: &[&'p PodSeen]) -> Option<&'p PodSeen> {
    let created = |seen: &PodSeen| seen.pod.metadata.creation_timestamp.as_ref().map(|time| time.0);
    let runs = |seen: &PodSeen| {
        let state = container_status(server, &seen.pod).and_then(|status| status.state.as_ref());
        state.is_some_and(|state| state.running.is_some())
    };
    let rank =
        |seen: &PodSeen| (lost_node(server, &seen.pod).is_none(), runs(seen), !is_ready(&seen.pod), created(seen));
    pods.iter().max_by_key(|seen| rank(seen)).copied()
}

/// The pod's node, if it is not Ready: what the pod's status says is then old.
fn lost_node<'p>(server: &Server<'_>, pod: &'p Pod) -> Option<&'p str> {
    let node = pod.spec.as_ref()?.node_name.as_deref()?;
    let known = server.facts.nodes.iter().any(|known| known.metadata.name.as_deref() == Some(node));
    (known && !ready_nodes(server.facts).contains(&node)).then_some(node)
}

fn name(pod: &Pod) -> String {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    format!("{}/{}", text(&pod.metadata.namespace), text(&pod.metadata.name))
}

fn describe(server: &Server<'_>, pod: &Pod) -> String {
    let pod = pod.metadata.name.as_deref().unwrap_or_default();
    format!("see its events with: kubectl -n {} describe pod {pod}", server.backend.namespace)
}

fn without_pods(server: &Server<'_>) -> Plan {
    let status = server.deployment.object.status.as_ref();
    let conditions = status.and_then(|status| status.conditions.as_ref()).into_iter().flatten();
    let mut failures = conditions.filter(|condition| {
        condition.type_.as_deref() == Some("ReplicaFailure") && condition.status.as_deref() == Some("True")
    });
    match failures.next() {
        Some(failure) => {
            let message = failure.message.as_deref().unwrap_or("no message");
            Plan::refuse(Refusal::cannot_mend(format!("{} cannot create its pod: {message}", server.target())))
        }
        None => Plan::wait(format!("{} has no pod of its newest template yet", server.target())),
    }
}

fn cannot_start(server: &Server<'_>, seen: &PodSeen) -> Option<Plan> {
    let status = seen.pod.status.as_ref()?;
    let scheduled = status.conditions.iter().flatten().find(|condition| condition.type_ == "PodScheduled")?;
    if scheduled.status == "True" || scheduled.reason.as_deref() != Some("Unschedulable") {
        return None;
    }
    let message = scheduled.message.as_deref().unwrap_or("no message");
    let reason = format!("pod {} fits on no node: {message}", name(&seen.pod));
    // Two replicas may not share a node: a new one then waits until an old one has left.
    let since = scheduled.last_transition_time.as_ref().map_or(0, |time| server.seconds_since(time.0));
    let (deleted, older) = server.backend.are_pods_leaving(&server.deployment.object);
    if deleted || (older && since < LEAVING) {
        return Some(Plan::wait(format!("{reason} (an older pod is still leaving)")));
    }
    let refusal = Refusal::cannot_mend(reason).hint("see what the nodes have left with: kubectl describe nodes");
    Some(Plan::refuse(refusal))
}

fn container_status<'p>(server: &Server<'_>, pod: &'p Pod) -> Option<&'p ContainerStatus> {
    let statuses = pod.status.as_ref()?.container_statuses.as_ref()?;
    statuses.iter().find(|status| status.name == server.container.name)
}

fn no_image(server: &Server<'_>, pod: &Pod, reason: &str, message: &str) -> Refusal {
    let image = server.container.image.as_deref().unwrap_or_default();
    let node = pod.spec.as_ref().and_then(|spec| spec.node_name.as_deref()).unwrap_or("its node");
    Refusal::cannot_mend(format!(
        "the image {image} of pod {} cannot be pulled on {node}: {reason}: {message}",
        name(pod)
    ))
    .hint("check the image's name and whether the nodes reach its registry; no patch of arguments helps here")
}

fn crashes(server: &Server<'_>, seen: &PodSeen, status: &ContainerStatus) -> Plan {
    let current = seen.log.as_ref().map(evidence::read).unwrap_or_default();
    let before = seen.previous.as_ref().map(evidence::read).unwrap_or_default();
    let ended =
        |state: Option<&k8s_openapi::api::core::v1::ContainerState>| state.and_then(|state| state.terminated.clone());
    let end = ended(status.state.as_ref()).or_else(|| ended(status.last_state.as_ref()));
    let what = format!("container {} of pod {}", status.name, name(&seen.pod));
    if let Some(trouble) = current.trouble.or(before.trouble) {
        return Plan::refuse(troubled(&what, &trouble));
    }
    let Some(end) = end else { return Plan::wait(format!("{what} is being started again")) };
    let reason = end.reason.as_deref().unwrap_or("no reason");
    if reason == "OOMKilled" {
        let refusal = Refusal::cannot_mend(format!("{what} is ended for using more memory than its limit"));
        return Plan::refuse(refusal.hint(format!("raise resources.limits.memory in {}", server.target())));
    }
    let last =
        current.last_error.or(before.last_error).map(|line| format!("; its last error: {line}")).unwrap_or_default();
    let refusal = Refusal::cannot_mend(format!("{what} keeps ending ({reason}, exit code {}){last}", end.exit_code));
    let pod = seen.pod.metadata.name.as_deref().unwrap_or_default();
    let line = format!("kubectl -n {} logs {pod} -c {} --previous", server.backend.namespace, status.name);
    Plan::refuse(refusal.hint(format!("read its log with: {line}")))
}

fn troubled(what: &str, trouble: &Trouble) -> Refusal {
    match trouble {
        Trouble::UnknownFlag(flag) => {
            Refusal::cannot_mend(format!("{what} does not know the flag {flag} and ends at once")).hint(format!("take {flag} out of its arguments"))
        }
        Trouble::FrontProxy => Refusal::cannot_mend(format!(
            "{what} does not believe requests that come through the API server: their client certificate is signed by an authority it does not know (the front proxy's)"
        ))
        .hint("compare the API server's --requestheader-client-ca-file with ConfigMap kube-system/extension-apiserver-authentication; the kubelets' certificates are not the cause, and --kubelet-insecure-tls would not help"),
        Trouble::Rbac(text) => Refusal::cannot_mend(format!("{what} may not read what it needs: {text}"))
            .hint("apply the ClusterRole and ClusterRoleBinding of its manifest again"),
        Trouble::CannotListen(text) => Refusal::cannot_mend(format!("{what} cannot listen on its port: {text}")),
    }
}

fn running(args: &Args, server: &Server<'_>, seen: &PodSeen, status: &ContainerStatus) -> Plan {
    let evidence = seen.log.as_ref().map(|log| current(server, evidence::read(log))).unwrap_or_default();
    let what = format!("container {} of pod {}", status.name, name(&seen.pod));
    if let Some(trouble) = &evidence.trouble {
        return Plan::refuse(troubled(&what, trouble));
    }
    let scrapes = evidence.scrapes.values();
    let mendable = scrapes.clone().find(|scrape| scrape.cause.mended_by_insecure_flag());
    let no_certificate = scrapes.clone().any(|scrape| scrape.cause == Cause::NoCertificate);
    // A kubelet without a serving certificate cannot hand out logs either.
    let blind = matches!(&seen.log, Some(Log::Unreadable(why)) if why.contains("tls: internal error"));
    if let Some(plan) = secure::plan(args, server, no_certificate || blind, mendable.is_some()) {
        return plan;
    }
    if let Some(scrape) = mendable
        && !is_insecure(server.container)
    {
        return insecure(server, &scrape.text);
    }
    if let Some((node, scrape)) = evidence.scrapes.iter().find(|(_, scrape)| !scrape.cause.mended_by_insecure_flag()) {
        return Plan::refuse(unmended(node, &scrape.cause, &scrape.text));
    }
    without_evidence(server, seen, status, &evidence)
}

/// Only failures that still go on, and only of nodes that lack metrics: an old error in the log is history.
fn current(server: &Server<'_>, mut evidence: Evidence) -> Evidence {
    let recent = 2 * server.resolution() + 20;
    if evidence.troubled_at.is_some_and(|at| server.seconds_since(at) > TROUBLE) {
        evidence.trouble = None;
    }
    let unread = unread_nodes(server.facts);
    evidence.scrapes.retain(|node, scrape| {
        let old = scrape.at.is_some_and(|at| server.seconds_since(at) > recent);
        !old && (node.is_empty() || unread.contains(&node.as_str()))
    });
    evidence
}

fn insecure(server: &Server<'_>, error: &str) -> Plan {
    let effect = match &server.facts.reading.nodes {
        Some(Ok(read)) if !read.is_empty() => format!("{} is not scraped", unread_nodes(server.facts).join(", ")),
        _ => "nothing is scraped".to_owned(),
    };
    let why = format!("the kubelets' certificates cannot be checked, so {effect}: {error}");
    let mut plan = Plan::step(steps::insecure(server, why), "");
    plan.notes.push(
        "--kubelet-insecure-tls is for labs: metrics-server then believes whatever answers at a kubelet's address. \
         The better way is kubelets with serverTLSBootstrap: true and `kubectl lab metrics-fix --secure`"
            .into(),
    );
    plan
}

fn unmended(node: &str, cause: &Cause, text: &str) -> Refusal {
    let address = "--kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname";
    let (why, hint) = match cause {
        Cause::CertificateDate => (
            "its certificate is not valid at this time",
            "compare the clocks of the nodes, and renew the kubelet's certificate; --kubelet-insecure-tls would only hide it".to_owned(),
        ),
        Cause::NoSuchHost => ("its name does not resolve inside the cluster", format!("let metrics-server use addresses: {address}")),
        Cause::KubeletRefuses(code) => (
            if *code == 401 { "it does not know who metrics-server is (401)" } else { "it does not let metrics-server in (403)" },
            "check ClusterRole system:metrics-server (get on nodes/metrics) and its binding, and the kubelet's authentication.webhook and authorization.mode".to_owned(),
        ),
        Cause::ConnectionRefused => ("nothing listens there", format!("is the kubelet of {node} running, and is its port 10250?")),
        Cause::Timeout => ("it does not answer in time", "look for a firewall or a network policy between pods and nodes, port 10250".to_owned()),
        Cause::NoCertificate => ("it has no serving certificate", "kubectl get csr".to_owned()),
        Cause::OtherScrape(_) | Cause::CertificateNames | Cause::UnknownAuthority => {
            ("the scrape fails", format!("look at the kubelet of {node}"))
        }
    };
    Refusal::cannot_mend(format!("metrics-server cannot scrape node {node}: {why}: {text}")).hint(hint)
}

fn without_evidence(server: &Server<'_>, seen: &PodSeen, status: &ContainerStatus, evidence: &Evidence) -> Plan {
    let grace = GRACE + 2 * server.resolution();
    let started = status.state.as_ref().and_then(|state| state.running.as_ref()?.started_at.as_ref());
    let age = started.map_or(0, |started| server.seconds_since(started.0));
    let pod = name(&seen.pod);
    if let Some(node) = young_node(server, grace).filter(|_| age >= grace) {
        return Plan::wait(format!("node {node} became Ready just now; its first metrics may take {grace}s"));
    }
    if age < grace {
        let has = if is_ready(&seen.pod) { "is Ready" } else { "runs" };
        return Plan::wait(format!(
            "pod {pod} {has}; its first metrics, or an error, may take {grace}s from its start"
        ));
    }
    if is_ready(&seen.pod) {
        return Plan::refuse(ready_but_unread(server, &pod));
    }
    let said = match (&seen.log, &evidence.last_error) {
        (Some(Log::Unreadable(why)), _) => format!("its log cannot be read: {why}"),
        (_, Some(line)) => format!("its last error: {line}"),
        _ => "its log names no cause".to_owned(),
    };
    let line = format!(
        "kubectl -n {} logs {}",
        server.backend.namespace,
        seen.pod.metadata.name.as_deref().unwrap_or_default()
    );
    let refusal = Refusal::cannot_mend(format!("pod {pod} runs and is not Ready after {age}s; {said}"));
    Plan::refuse(refusal.hint(format!("read its log with: {line}")))
}

/// A node without metrics that has been Ready for less than this.
fn young_node<'f>(server: &Server<'f>, grace: i64) -> Option<&'f str> {
    let unread = unread_nodes(server.facts);
    // Where nothing can be read at all, no single node is the reason.
    server.facts.reading.nodes.as_ref()?.as_ref().ok()?;
    let young = |node: &&Node| {
        let conditions = node.status.as_ref().and_then(|status| status.conditions.as_ref());
        let ready = conditions.into_iter().flatten().find(|condition| condition.type_ == "Ready");
        let since = ready.and_then(|ready| ready.last_transition_time.as_ref());
        since.is_some_and(|since| server.seconds_since(since.0) < grace)
    };
    let names = server.facts.nodes.iter().filter(young).filter_map(|node| node.metadata.name.as_deref());
    names.into_iter().find(|name| unread.contains(name))
}

fn ready_but_unread(server: &Server<'_>, pod: &str) -> Refusal {
    let unread = unread_nodes(server.facts);
    if let Some(Ok(_)) = &server.facts.reading.nodes
        && !unread.is_empty()
    {
        let reason = format!("metrics-server has no metrics of {}, and its log names no cause", unread.join(", "));
        let refusal = Refusal::cannot_mend(reason).hint("look at the kubelets of these nodes");
        return match node_selector(server.container) {
            Some(query) => refusal.hint(format!("or does its --node-selector={query} leave them out?")),
            None => refusal,
        };
    }
    if let Some((name, Err(message))) = &server.facts.reading.pod {
        return Refusal::cannot_mend(format!(
            "metrics of the nodes can be read, but not those of pod {name}: {message}"
        ));
    }
    let state = server.facts.apis.first().map(condition).unwrap_or_default();
    let said = match &server.facts.reading.nodes {
        Some(Err(message)) => format!("; asked for metrics, it says: {message}"),
        _ => String::new(),
    };
    Refusal::cannot_mend(format!("pod {pod} is Ready, but the API server cannot use it: {state}{said}"))
        .hint("look for a firewall or a network policy between the API server and the pod network")
}
