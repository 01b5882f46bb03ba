use std::net::SocketAddr;
use std::time::Duration;

use lab::here::{Heard, Reply};
use lab::temporary::{Temporary, TemporaryState};
use lab::{Line, Seen};
use lab_plan::{Change, Exit, Plan, Then};
use serde_json::json;

use super::{Proof, plan, report};
use crate::addresses::surroundings::Surroundings;
use crate::chain::sample::Lab;
use crate::install::args::Args;
use crate::install::facts::Facts;
use crate::network;
use crate::present::Present;
use crate::verify::{self, FromHere, Place};

const ADDRESS: &str = "172.30.0.200:80";

fn args() -> Args {
    let network = network::Given { image: lab::temporary::IMAGE.into(), ..network::Given::default() };
    Args { prove: true, pool_name: "lecture".into(), network, ..Args::default() }
}

fn server(state: TemporaryState) -> Temporary {
    Temporary {
        about: "prove".into(),
        namespace: "default".into(),
        name: "kubectl-lab-prove-run-1".into(),
        uid: Some("u".into()),
        node: None,
        state,
    }
}

fn proof(server: Option<Temporary>) -> Proof {
    Proof { namespace: "default".into(), server, seen: None, somebody_else: None }
}

fn facts(proof: Proof) -> Facts {
    let pool = json!({ "metadata": { "name": "lecture", "namespace": "metallb-system" }, "spec": { "addresses": ["172.30.0.200/30"] } });
    let pool = Seen { object: serde_json::from_value(pool.clone()).unwrap(), raw: pool };
    let own = crate::addresses::surroundings::Node {
        name: "lab-1".into(),
        internal: vec!["172.30.0.2".parse().unwrap()],
        external: Vec::new(),
    };
    Facts {
        run: "run-1".into(),
        nodes: Vec::new(),
        services: Vec::new(),
        daemon_sets: Vec::new(),
        present: Present { pools: vec![pool], ..Present::default() },
        kube_proxy: None,
        around: Surroundings { nodes: vec![own], ..Surroundings::default() },
        manifest: None,
        looks: Vec::new(),
        proof: Some(proof),
    }
}

fn only_change(plan: &Plan) -> &Change {
    let [step] = &plan.steps[..] else { panic!("{plan:?}") };
    assert_eq!(step.misfit(), None);
    assert!(step.goes_without_saying());
    &step.changes[0]
}

#[test]
fn first_a_server_then_its_service_and_then_the_questions() {
    let made = plan(&args(), &facts(proof(None)));
    assert_eq!(only_change(&made).target.to_string(), "Job default/kubectl-lab-prove-run-1");
    let starting = server(TemporaryState::Pending("ContainerCreating".into()));
    let waits = plan(&args(), &facts(proof(Some(starting))));
    assert_eq!(waits, Plan::wait("the web server: ContainerCreating"));
    let serves = plan(&args(), &facts(proof(Some(server(TemporaryState::Running)))));
    let service = only_change(&serves).after.as_ref().unwrap();
    assert_eq!(service["metadata"]["annotations"]["metallb.io/address-pool"], "lecture");
    assert_eq!(service["metadata"]["ownerReferences"][0]["uid"], "u");
    assert_eq!((&service["spec"]["ipFamilies"], &service["spec"]["type"]), (&json!(["IPv4"]), &json!("LoadBalancer")));
    assert!(matches!(serves.then, Then::LookAgain { .. }));
}

#[test]
fn a_server_that_does_not_come_leaves_it_unproven() {
    let state = TemporaryState::Failed("ErrImagePull: not found".into(), Vec::new());
    let proof = proof(Some(server(state)));
    assert!(plan(&args(), &facts(proof.clone())).is_empty());
    let report = report(&args(), &proof).unwrap();
    assert_eq!(report.verdict, "unproven: no pod could serve an answer: ErrImagePull: not found");
    assert_eq!(report.exit(), Exit::Failed);
}

#[test]
fn without_anything_made_there_is_nothing_to_report() {
    assert!(report(&args(), &proof(None)).is_none());
}

/// What the pod was told and what this machine was.
fn answered(reply: Reply, nobody: bool) -> Proof {
    let lab = Lab::new();
    let told = Line { at: None, text: format!("http://{ADDRESS}/ 0") };
    let look = Temporary { about: "ask-from-pod".into(), ..server(TemporaryState::Succeeded(vec![told])) };
    let socket: SocketAddr = ADDRESS.parse().unwrap();
    let silent = !matches!(reply, Reply::Http(_));
    let heard = Heard { from: Some([172, 30, 0, 1].into()), reply, took: Duration::from_millis(3) };
    let here = FromHere {
        heard: vec![(socket, heard)],
        place: Place::OffNodes([172, 30, 0, 1].into()),
        nobody: (!silent).then(|| ("172.30.0.203:80".parse().unwrap(), nobody)),
        node: silent.then(|| ("172.30.0.2:10250".parse().unwrap(), false)),
    };
    let seen = verify::Facts {
        run: "run-1".into(),
        namespace: "default".into(),
        service: Some(lab.service),
        world: lab.world,
        others: Vec::new(),
        pods: lab.pods,
        looks: vec![look],
        here: Some(here),
    };
    Proof { seen: Some(seen), ..proof(Some(server(TemporaryState::Running))) }
}

fn verdict(proof: &Proof) -> (String, Exit) {
    let report = report(&args(), proof).unwrap();
    (report.verdict.clone(), report.exit())
}

#[test]
fn it_says_which_of_the_two_was_shown() {
    let (said, exit) = verdict(&answered(Reply::Http(200), false));
    assert_eq!(said, "layer 2 was shown: a Service of this run answered at 172.30.0.200 from off the nodes");
    assert_eq!(exit, Exit::Done);
    for (reply, nobody) in [(Reply::NoRoute, false), (Reply::Http(404), true)] {
        let (said, exit) = verdict(&answered(reply, nobody));
        assert!(said.starts_with("kube-proxy only was shown: ") && said.contains("layer 2 is unproven: "), "{said}");
        assert_eq!(exit, Exit::Done);
    }
}

#[test]
fn an_answer_of_somebody_else_is_no_proof() {
    let taken = |nobody| Proof { somebody_else: ADDRESS.parse().ok(), ..answered(Reply::Http(200), nobody) };
    let (said, exit) = verdict(&taken(false));
    assert!(said.starts_with("the proof failed: somebody else answers at 172.30.0.200:80"), "{said}");
    assert_eq!(exit, Exit::Negative);
    // Where everything answers, that is what is said.
    assert!(verdict(&taken(true)).0.starts_with("kube-proxy only was shown"));
}

#[test]
fn the_hop_that_fails_is_named() {
    let mut proof = answered(Reply::Http(200), false);
    proof.seen.as_mut().unwrap().world.present.pools.clear();
    let (said, exit) = verdict(&proof);
    assert!(said.starts_with("the proof failed (pool): "), "{said}");
    assert_eq!(exit, Exit::Negative);
}
