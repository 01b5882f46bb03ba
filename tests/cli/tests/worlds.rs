use lab_cli::api::Api;
use lab_cli::objects::certificate_request::of_kubelet;
use lab_cli::objects::{Layout, MetricsServer, helm};
use lab_cli::world::{Kubelets, Trouble, World, nodes};
use serde_json::{Value, json};

/// The state of the whole in a few lines: Deployment, its pods, the APIService, and for whom there are metrics.
fn state(api: &Api) -> String {
    api.change(|store| {
        let mut lines = Vec::new();
        for deployment in store.all("deployments.apps") {
            let status = &deployment["status"];
            let condition = |kind: &str| {
                let found =
                    status["conditions"].as_array().into_iter().flatten().find(|condition| condition["type"] == kind);
                found.map(|condition| condition["reason"].as_str().unwrap_or_default().to_owned()).unwrap_or_default()
            };
            let ready = status["readyReplicas"].as_i64().unwrap_or(0);
            lines.push(format!(
                "Deployment {}/{} {} {}",
                ready,
                deployment["spec"]["replicas"],
                condition("Available"),
                condition("Progressing")
            ));
        }
        for pod in store.all("pods").iter().filter(|pod| pod["metadata"]["namespace"] != "default") {
            let containers = pod["status"]["containerStatuses"].as_array().into_iter().flatten();
            let states = containers
                .map(|one| format!(" {}:{}:{}", one["name"].as_str().unwrap(), one["ready"], state_of(&one["state"])));
            lines.push(format!("Pod {}{}", pod["status"]["phase"].as_str().unwrap(), states.collect::<String>()));
        }
        for event in store.all("events") {
            lines.push(format!(
                "Event {}: {}",
                event["reason"].as_str().unwrap(),
                address_free(event["message"].as_str().unwrap())
            ));
        }
        if let Some(service) = store.get("apiservices.apiregistration.k8s.io", "v1beta1.metrics.k8s.io") {
            lines.push(format!(
                "APIService {}",
                service["status"]["conditions"][0]["reason"].as_str().unwrap_or_default()
            ));
        }
        let count = |resource: &str| store.all(resource).len();
        lines.push(format!(
            "metrics of {} nodes, {} pods",
            count("nodes.metrics.k8s.io"),
            count("pods.metrics.k8s.io")
        ));
        lines.join("\n")
    })
}

fn state_of(state: &Value) -> String {
    match state["waiting"]["reason"].as_str() {
        Some(reason) => reason.to_owned(),
        None => state.as_object().unwrap().keys().next().unwrap().clone(),
    }
}

fn address_free(message: &str) -> String {
    message
        .split("10.244.")
        .enumerate()
        .map(|(n, part)| {
            if n == 0 {
                part.to_owned()
            } else {
                format!("POD{}", part.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.'))
            }
        })
        .collect()
}

fn add_flag(api: &Api) {
    api.change(|store| {
        store.edit("deployments.apps", "kube-system/metrics-server", |deployment| {
            let args = deployment.pointer_mut("/spec/template/spec/containers/0/args").unwrap();
            args.as_array_mut().unwrap().push(json!("--kubelet-insecure-tls"));
        });
    });
}

#[test]
fn the_manifest_just_applied_stays_unready_until_the_flag_is_added() {
    let api = World::default().stage(MetricsServer::default().objects());
    insta::assert_snapshot!(state(&api), @r"
    Deployment 0/1 MinimumReplicasUnavailable ReplicaSetUpdated
    Pod Running metrics-server:false:running
    Event Unhealthy: Readiness probe failed: HTTP probe failed with statuscode: 500
    APIService MissingEndpoints
    metrics of 0 nodes, 0 pods
    ");
    add_flag(&api);
    insta::assert_snapshot!(state(&api), @r"
    Deployment 1/1 MinimumReplicasAvailable NewReplicaSetAvailable
    Pod Running metrics-server:true:running
    Event Unhealthy: Readiness probe failed: HTTP probe failed with statuscode: 500
    APIService Passed
    metrics of 3 nodes, 2 pods
    ");
}

#[test]
fn the_old_layout_works_by_the_same_flag() {
    let api = World::default().stage(MetricsServer::new(Layout::V0_6_3).objects());
    add_flag(&api);
    insta::assert_snapshot!(state(&api), @r"
    Deployment 1/1 MinimumReplicasAvailable NewReplicaSetAvailable
    Pod Running metrics-server:true:running
    Event Unhealthy: Readiness probe failed: HTTP probe failed with statuscode: 500
    APIService Passed
    metrics of 3 nodes, 2 pods
    ");
}

#[test]
fn the_lecture_patch_leads_to_refused_probes() {
    let api = World::default().stage(MetricsServer::default().with_lecture_patch().objects());
    insta::assert_snapshot!(state(&api), @r#"
    Deployment 0/1 MinimumReplicasUnavailable ReplicaSetUpdated
    Pod Running metrics-server:false:running
    Event Unhealthy: Readiness probe failed: Get "https://POD:10250/readyz": dial tcp POD:10250: connect: connection refused
    APIService MissingEndpoints
    metrics of 0 nodes, 0 pods
    "#);
}

#[test]
fn the_old_pod_stays_while_the_new_one_crashes() {
    let api = World::with_kubelets(Kubelets::Signed).stage(MetricsServer::default().objects());
    api.change(|store| {
        store.edit("deployments.apps", "kube-system/metrics-server", |deployment| {
            let args = deployment.pointer_mut("/spec/template/spec/containers/0/args").unwrap();
            args.as_array_mut().unwrap().push(json!("--kubectl-insecure-tls"));
        });
    });
    insta::assert_snapshot!(state(&api), @r"
    Deployment 1/1 MinimumReplicasAvailable ReplicaSetUpdated
    Pod Running metrics-server:true:running
    Pod Running metrics-server:false:CrashLoopBackOff
    Event BackOff: Back-off restarting failed container metrics-server
    APIService Passed
    metrics of 3 nodes, 2 pods
    ");
}

#[test]
fn an_image_that_does_not_come_and_a_pod_that_no_node_takes() {
    let reason = "ImagePullBackOff".to_owned();
    let message = "Back-off pulling image \"registry.k8s.io/metrics-server/metrics-server:v0.9.0\"".to_owned();
    let api = World::in_trouble(Trouble::NoImage { reason, message }).stage(MetricsServer::default().objects());
    insta::assert_snapshot!(state(&api), @r#"
    Deployment 0/1 MinimumReplicasUnavailable ReplicaSetUpdated
    Pod Pending metrics-server:false:ImagePullBackOff
    Event Failed: Failed to pull image: Back-off pulling image "registry.k8s.io/metrics-server/metrics-server:v0.9.0"
    APIService MissingEndpoints
    metrics of 0 nodes, 0 pods
    "#);
    let message = "0/3 nodes are available: 3 Insufficient memory.".to_owned();
    let api = World::in_trouble(Trouble::Unschedulable(message)).stage(MetricsServer::default().objects());
    insta::assert_snapshot!(state(&api), @r"
    Deployment 0/1 MinimumReplicasUnavailable ReplicaSetUpdated
    Pod Pending
    Event FailedScheduling: 0/3 nodes are available: 3 Insufficient memory.
    APIService MissingEndpoints
    metrics of 0 nodes, 0 pods
    ");
}

#[test]
fn a_service_that_points_to_a_wrong_port_or_to_nothing() {
    let wrong = MetricsServer { service_target: json!(4443), ..MetricsServer::default().arg("--kubelet-insecure-tls") };
    insta::assert_snapshot!(state(&World::default().stage(wrong.objects())), @r"
    Deployment 1/1 MinimumReplicasAvailable NewReplicaSetAvailable
    Pod Running metrics-server:true:running
    APIService FailedDiscoveryCheck
    metrics of 0 nodes, 0 pods
    ");
    let nothing = MetricsServer {
        service_selector: Some(json!({"app": "none"})),
        ..MetricsServer::default().arg("--kubelet-insecure-tls")
    };
    insta::assert_snapshot!(state(&World::default().stage(nothing.objects())), @r"
    Deployment 1/1 MinimumReplicasAvailable NewReplicaSetAvailable
    Pod Running metrics-server:true:running
    APIService MissingEndpoints
    metrics of 0 nodes, 0 pods
    ");
}

#[test]
fn nothing_runs_where_nothing_is_wanted_or_the_rollout_is_paused() {
    let none = MetricsServer { replicas: 0, ..MetricsServer::default() };
    insta::assert_snapshot!(state(&World::default().stage(none.objects())), @r"
    Deployment 0/0 MinimumReplicasAvailable NewReplicaSetAvailable
    APIService MissingEndpoints
    metrics of 0 nodes, 0 pods
    ");
    let api = World::default().stage(MetricsServer::default().objects());
    api.change(|store| {
        store.edit("deployments.apps", "kube-system/metrics-server", |deployment| {
            deployment["spec"]["paused"] = json!(true);
        });
    });
    add_flag(&api);
    insta::assert_snapshot!(state(&api), @r"
    Deployment 0/1 MinimumReplicasUnavailable DeploymentPaused
    Pod Running metrics-server:false:running
    Event Unhealthy: Readiness probe failed: HTTP probe failed with statuscode: 500
    APIService MissingEndpoints
    metrics of 0 nodes, 0 pods
    ");
}

#[test]
fn approved_requests_make_metrics_work_without_the_flag() {
    let requests = nodes().iter().map(|node| of_kubelet(node).object()).collect::<Vec<_>>();
    let api =
        World::with_kubelets(Kubelets::Bootstrap).stage(MetricsServer::default().objects().into_iter().chain(requests));
    insta::assert_snapshot!(state(&api), @r"
    Deployment 0/1 MinimumReplicasUnavailable ReplicaSetUpdated
    Pod Running metrics-server:false:running
    Event Unhealthy: Readiness probe failed: HTTP probe failed with statuscode: 500
    APIService MissingEndpoints
    metrics of 0 nodes, 0 pods
    ");
    api.change(|store| {
        for name in ["csr-lab-1", "csr-lab-2", "csr-lab-3"] {
            store.edit("certificatesigningrequests.certificates.k8s.io", name, |request| {
                request["status"]["conditions"] = json!([{"type": "Approved", "status": "True", "reason": "ByHand"}]);
            });
        }
    });
    insta::assert_snapshot!(state(&api), @r"
    Deployment 1/1 MinimumReplicasAvailable NewReplicaSetAvailable
    Pod Running metrics-server:true:running
    Event Unhealthy: Readiness probe failed: HTTP probe failed with statuscode: 500
    APIService Passed
    metrics of 3 nodes, 2 pods
    ");
}

#[test]
fn helm_puts_a_sidecar_in_front() {
    let api = World::with_kubelets(Kubelets::Signed).stage(helm::release("lecture", "monitoring").objects());
    insta::assert_snapshot!(state(&api), @r"
    Deployment 1/1 MinimumReplicasAvailable NewReplicaSetAvailable
    Pod Running metrics-server-nanny:true:running metrics-server:true:running
    APIService Passed
    metrics of 3 nodes, 2 pods
    ");
}
