//! What holds for every change, on generated objects: a change can be made, seen, taken back, and never overwrites
//! what somebody else wrote meanwhile.

use lab_plan::{Change, Path, Place, State, Target, patch, put};
use proptest::prelude::*;
use serde_json::{Value, json};

fn argument() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "--kubelet-insecure-tls",
        "--kubelet-insecure-tls=false",
        "--kubectl-insecure-tls",
        "--secure-port=4443",
        "--secure-port=10250",
        "--cert-dir=/tmp",
        "-v=2",
        "serve",
        "",
    ])
    .prop_map(str::to_owned)
}

fn name() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["metrics-server", "metrics-server-nanny", "istio.io/proxy", "a=b", "ü \"quoted\"]"])
        .prop_map(str::to_owned)
}

fn container() -> impl Strategy<Value = Value> {
    (name(), prop::collection::vec(argument(), 1..6), any::<bool>()).prop_map(|(name, args, ports)| {
        let mut container = json!({ "name": name, "args": args });
        if ports {
            container["ports"] = json!([{ "name": "https", "containerPort": 10250 }]);
        }
        container
    })
}

/// A Deployment, as far as paths care.
fn object() -> impl Strategy<Value = Value> {
    (prop::collection::vec(container(), 1..4), prop::option::of(0..5_i64), any::<bool>()).prop_map(
        |(containers, replicas, annotated)| {
            let mut object = json!({
                "metadata": { "name": "x", "uid": "u-1" },
                "spec": { "paused": null, "template": { "spec": { "containers": containers } } }
            });
            if let Some(replicas) = replicas {
                object["spec"]["replicas"] = json!(replicas);
            }
            if annotated {
                object["metadata"]["annotations"] = json!({ "theirs": "1" });
            }
            object
        },
    )
}

fn args_of_first(object: &Value) -> (Path, Vec<Value>) {
    let name = object.pointer("/spec/template/spec/containers/0/name").and_then(Value::as_str).expect("a container");
    let path =
        Path::default().key("spec").key("template").key("spec").key("containers").element("name", name).key("args");
    let list = path.get(object).and_then(Value::as_array).expect("arguments").clone();
    (path, list)
}

fn target() -> Target {
    Target::namespaced("apps/v1", "Deployment", "kube-system", "x")
}

/// An object together with a change that can be made to it.
fn case() -> impl Strategy<Value = (Value, Change)> {
    (object(), 0..7_usize, any::<prop::sample::Index>(), argument(), 0..5_i64)
        .prop_map(|(object, sort, at, new, number)| {
            let (list, args) = args_of_first(&object);
            let index = at.index(args.len());
            let replicas = Path::default().key("spec").key("replicas");
            let annotation =
                Path::default().key("metadata").key("annotations").key("kubectl.kubernetes.io/restartedAt");
            let paused = Path::default().key("spec").key("paused");
            let made = match sort {
                0 => Change::append(target(), &object, list, json!(new)),
                1 => Change::member(target(), &object, list, index, None),
                2 => Change::member(target(), &object, list, index, Some(json!(new))),
                3 => Change::set(target(), &object, annotation, Some(json!("now"))),
                4 => Change::set(target(), &object, replicas, Some(json!(number + 7))),
                5 => Change::set(target(), &object, replicas, None),
                _ => Change::set(target(), &object, paused, Some(json!(true))),
            };
            (object, made)
        })
        .prop_filter("a change changes something", |(_, change)| change.before != change.after)
}

fn without_empty_maps(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let kept = map.iter().map(|(key, value)| (key.clone(), without_empty_maps(value)));
            Value::Object(kept.filter(|(_, value)| *value != json!({})).collect())
        }
        Value::Array(list) => Value::Array(list.iter().map(without_empty_maps).collect()),
        other => other.clone(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn a_change_made_and_taken_back_leaves_the_object_as_it_was((object, change) in case()) {
        let changed = put([&change], &object).expect("it can be made");
        let back = put([&change.inverse()], &changed);
        // A replaced argument that now equals an earlier one is found at that earlier place; the text is the same.
        prop_assume!(!ambiguous(&object, &change));
        prop_assert_eq!(without_empty_maps(&back.expect("it can be taken back")), without_empty_maps(&object));
    }

    #[test]
    fn the_state_tells_before_from_after((object, change) in case()) {
        prop_assert_eq!(change.state(Some(&object)), State::Before);
        let changed = put([&change], &object).expect("it can be made");
        prop_assume!(!ambiguous(&object, &change));
        prop_assert_eq!(change.state(Some(&changed)), State::After);
        prop_assert_eq!(change.inverse().state(Some(&changed)), State::Before);
    }

    #[test]
    fn the_patch_fails_when_the_value_was_changed_meanwhile((object, change) in case()) {
        let patch = patch([&change], &object).expect("it can be made");
        let mut live = object.clone();
        disturb(&mut live, &change);
        prop_assert!(json_patch::patch(&mut live, &patch).is_err(), "overwrote {live} by {patch}");
    }

    #[test]
    fn the_patch_fails_on_another_object_of_the_same_name((object, change) in case()) {
        let patch = patch([&change], &object).expect("it can be made");
        let mut live = object.clone();
        live["metadata"]["uid"] = json!("u-2");
        prop_assert!(json_patch::patch(&mut live, &patch).is_err());
    }

    #[test]
    fn changes_of_others_elsewhere_stay((object, change) in case()) {
        // Absence cannot be tested: there the whole parent is, and a neighbour's change means planning again.
        prop_assume!(change.before.is_some() || matches!(change.place, Place::Member { .. }));
        let patch = patch([&change], &object).expect("it can be made");
        let mut live = object.clone();
        live["spec"]["template"]["spec"]["nodeSelector"] = json!({ "theirs": "yes" });
        prop_assert!(json_patch::patch(&mut live, &patch).is_ok());
        prop_assert_eq!(&live["spec"]["template"]["spec"]["nodeSelector"], &json!({ "theirs": "yes" }));
        live["spec"]["template"]["spec"].as_object_mut().expect("a map").remove("nodeSelector");
        prop_assert_eq!(live, put([&change], &object).expect("it can be made"));
    }

    #[test]
    fn a_member_is_found_again_after_others_added_theirs((object, change) in case()) {
        let Place::Member { list, .. } = &change.place else { return Ok(()) };
        prop_assume!(!ambiguous(&object, &change));
        let mut changed = put([&change], &object).expect("it can be made");
        let pointer = "/spec/template/spec/containers/0/args";
        changed.pointer_mut(pointer).and_then(Value::as_array_mut).expect("a list").insert(0, json!("--theirs"));
        let back = put([&change.inverse()], &changed).expect("it can be taken back");
        let left: Vec<_> = list.get(&back).and_then(Value::as_array).expect("a list").iter().filter(|a| **a != "--theirs").cloned().collect();
        let mut was = args_of_first(&object).1;
        let mut is = left;
        // Where theirs pushed the positions along, order may differ by that one place; nothing may be lost or doubled.
        was.sort_by_key(Value::to_string);
        is.sort_by_key(Value::to_string);
        prop_assert_eq!(is, was);
    }

    #[test]
    fn a_change_survives_json((_, change) in case()) {
        let text = serde_json::to_string(&change).expect("it serialises");
        prop_assert_eq!(serde_json::from_str::<Change>(&text).expect("it parses"), change);
    }

    #[test]
    fn a_path_survives_its_text(keys in prop::collection::vec((any::<bool>(), ".{0,8}", "[a-z.=\\[\\]\"]{0,6}"), 0..6)) {
        let path = keys.iter().fold(Path::default(), |path, (element, a, b)| {
            if *element { path.element(b, a) } else { path.key(a) }
        });
        prop_assert_eq!(path.to_string().parse::<Path>().expect("it parses"), path);
    }
}

/// Whether the new text equals a neighbour's, so that which of the two was ours cannot be told afterwards.
fn ambiguous(object: &Value, change: &Change) -> bool {
    let Place::Member { .. } = change.place else { return false };
    let args = args_of_first(object).1;
    let stands =
        |value: &Option<Value>| value.as_ref().is_some_and(|v| args.iter().filter(|other| *other == v).count() > 0);
    match (&change.before, &change.after) {
        (Some(before), Some(_)) => stands(&change.after) || args.iter().filter(|other| *other == before).count() > 1,
        _ => false,
    }
}

/// Somebody else writes to the very place.
fn disturb(live: &mut Value, change: &Change) {
    match &change.place {
        Place::Member { .. } => {
            let args = live.pointer_mut("/spec/template/spec/containers/0/args").and_then(Value::as_array_mut);
            args.expect("a list").push(json!("--theirs"));
        }
        Place::At(path) if path.to_string().starts_with("metadata") => {
            live["metadata"]["annotations"] = json!({ "kubectl.kubernetes.io/restartedAt": "earlier" });
        }
        Place::At(path) if path.to_string().ends_with("paused") => live["spec"]["paused"] = json!(false),
        Place::At(_) => live["spec"]["replicas"] = json!(99),
        Place::Whole | Place::Declared { .. } | Place::YamlIn { .. } => unreachable!("no such case is generated"),
    }
}
