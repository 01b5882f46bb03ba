//! Hop 8: are there pods behind it?

use serde_json::json;

use crate::chain::State;
use crate::chain::sample::{Lab, typed};
use crate::services::Endpoint;

fn without_endpoints() -> Lab {
    let mut lab = Lab::new();
    lab.service.endpoints.clear();
    lab.service.announcers.clear();
    lab
}

#[test]
fn a_selector_that_matches_no_pod() {
    let mut lab = without_endpoints();
    lab.edit(|service| service["spec"]["selector"] = json!({ "app": "wbe" }));
    insta::assert_snapshot!(lab.failure(), @r#"
    endpoints: its selector app=wbe matches no pod in namespace default; there are pods with app=web
      kubectl -n default patch service web -p '{"spec":{"selector":{"app":"web"}}}'
    "#);
    lab.edit(|service| service["spec"]["selector"] = json!({ "run": "web" }));
    insta::assert_snapshot!(lab.failure(), @r"
    endpoints: its selector run=web matches no pod in namespace default; there are pods with app=web
      kubectl -n default get pods --show-labels
    ");
    lab.edit(|service| service["spec"]["selector"] = json!({ "tier": "edge" }));
    insta::assert_snapshot!(lab.failure(), @r"
    endpoints: its selector tier=edge matches no pod in namespace default
      kubectl -n default get pods --show-labels
    ");
    lab.pods.clear();
    insta::assert_snapshot!(lab.failure(), @r"
    endpoints: its selector tier=edge matches no pod in namespace default; there is no pod at all
      kubectl -n default get pods --show-labels
    ");
    lab.edit(|service| service["spec"]["selector"] = json!({}));
    insta::assert_snapshot!(lab.failure(), @r"
    endpoints: it has no selector, and nobody has made EndpointSlices with a ready endpoint for it by hand
      kubectl -n default get endpointslices
    ");
}

#[test]
fn pods_that_are_not_ready() {
    let mut lab = without_endpoints();
    for pod in &mut lab.pods {
        pod.status = Some(typed(&json!({ "phase": "Running", "conditions": [{ "type": "Ready", "status": "False" }],
            "containerStatuses": [{ "name": "web", "image": "", "imageID": "", "ready": false, "restartCount": 0, "state": { "running": {} } }] })));
    }
    insta::assert_snapshot!(lab.failure(), @r"
    endpoints: none of its 2 pods is ready: web-1 (and 1 more): its readiness probe has not succeeded
      kubectl -n default describe pod web-1
    ");
    // A Local policy does not hide that.
    lab.edit(|service| service["spec"]["externalTrafficPolicy"] = json!("Local"));
    assert!(lab.failure().starts_with("endpoints: none of its 2 pods is ready"), "{}", lab.failure());
}

#[test]
fn a_port_that_no_container_has() {
    let mut lab = without_endpoints();
    lab.edit(|service| service["spec"]["ports"][0]["targetPort"] = json!("htpp"));
    insta::assert_snapshot!(lab.failure(), @r"
    endpoints: port 80 goes to the port that its pods call htpp, and none does; they have http
      kubectl -n default edit service web
    ");
}

#[test]
fn some_endpoints_are_enough() {
    let mut lab = Lab::new();
    lab.service.endpoints.push(Endpoint { address: "10.244.9.9".into(), pod: None, node: None, serves: false });
    let hop = lab.hops().remove(7);
    assert_eq!((hop.state, hop.said.as_str()), (State::Ok, "2 of 3 endpoints ready, on lab-2 and lab-3"));
    assert_eq!(hop.warnings, ["1 of 3 endpoints not ready"]);
}
