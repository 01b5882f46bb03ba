use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use lab_cli::api::{Answer, Api};
use serde_json::{Value, json};

use crate::client::{Client, create, get, patch, send};

const DEPLOYMENTS: &str = "/apis/apps/v1/namespaces/default/deployments";
const MAPS: &str = "/api/v1/namespaces/default/configmaps";

fn deployment(name: &str) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "namespace": "default", "labels": {"app": name}},
        "spec": {
            "replicas": 1, "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": {"app": name}}, "spec": {"containers": [{"name": "c", "image": "i:1", "args": ["--a"]}]}},
        },
    })
}

fn map(name: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "default"}, "data": {"a": "b"}})
}

#[test]
fn a_patch_whose_test_fails_is_a_422_like_any_other_and_changes_nothing() {
    let api = Api::with([deployment("web")]);
    let path = format!("{DEPLOYMENTS}/web");
    let stale = json!([{"op": "test", "path": "/spec/replicas", "value": 2}, {"op": "replace", "path": "/spec/replicas", "value": 5}]);
    let before = api.get("deployments.apps", "default/web");
    let refused = patch(api.port(), &path, &stale);
    assert_eq!(
        (refused.status, refused.message().as_str()),
        (422, "the server rejected our request due to an error in our request")
    );
    assert_eq!(refused, patch(api.port(), &path, &json!([{"op": "remove", "path": "/spec/nothing"}])));
    assert_eq!(api.get("deployments.apps", "default/web"), before);
}

#[test]
fn only_an_edit_of_the_specification_raises_the_generation() {
    let api = Api::with([deployment("web"), map("m")]);
    let path = format!("{DEPLOYMENTS}/web");
    let generation = |body: &Value| patch(api.port(), &path, body).json()["metadata"]["generation"].clone();
    assert_eq!(generation(&json!([{"op": "test", "path": "/spec/replicas", "value": 1}])), 1);
    assert_eq!(generation(&json!([{"op": "replace", "path": "/metadata/labels", "value": {"a": "b"}}])), 1);
    assert_eq!(generation(&json!([{"op": "replace", "path": "/spec/replicas", "value": 2}])), 2);
    assert_eq!(get(api.port(), &format!("{MAPS}/m")).json()["metadata"]["generation"], Value::Null);
}

#[test]
fn a_write_that_changes_nothing_keeps_the_version() {
    let api = Api::with([deployment("web")]);
    let version = || api.get("deployments.apps", "default/web").unwrap()["metadata"]["resourceVersion"].clone();
    let before = version();
    assert_eq!(
        patch(
            api.port(),
            &format!("{DEPLOYMENTS}/web"),
            &json!([{"op": "replace", "path": "/spec/replicas", "value": 1}])
        )
        .status,
        200
    );
    assert_eq!(version(), before);
}

#[test]
fn a_subresource_changes_its_own_part_only() {
    let api = Api::with([deployment("web")]);
    let both = json!([{"op": "replace", "path": "/spec/replicas", "value": 7}, {"op": "add", "path": "/status", "value": {"replicas": 3}}]);
    let after = patch(api.port(), &format!("{DEPLOYMENTS}/web/status"), &both).json();
    assert_eq!((&after["spec"]["replicas"], &after["status"]["replicas"]), (&json!(1), &json!(3)));
    let after = patch(api.port(), &format!("{DEPLOYMENTS}/web"), &both).json();
    assert_eq!((&after["spec"]["replicas"], &after["status"]["replicas"]), (&json!(7), &json!(3)));
}

#[test]
fn a_dry_run_shows_the_result_and_keeps_nothing() {
    let api = Api::with([deployment("web")]);
    let change = json!([{"op": "replace", "path": "/spec/replicas", "value": 7}]);
    let shown = patch(api.port(), &format!("{DEPLOYMENTS}/web?dryRun=All"), &change).json();
    assert_eq!((&shown["spec"]["replicas"], &shown["metadata"]["generation"]), (&json!(7), &json!(2)));
    assert_eq!(api.get("deployments.apps", "default/web").unwrap()["spec"]["replicas"], 1);
    assert_eq!(create(api.port(), &format!("{MAPS}?dryRun=All"), &map("m")).status, 201);
    assert_eq!(api.get("configmaps", "default/m"), None);
    assert_eq!(api.seen().writes().count(), 0);
}

#[test]
fn what_is_created_gets_an_identity_and_can_be_created_once() {
    let api = Api::start();
    let made = create(api.port(), MAPS, &map("m"));
    assert_eq!(made.status, 201);
    let metadata = &made.json()["metadata"];
    assert!(
        metadata["uid"].is_string()
            && metadata["resourceVersion"].is_string()
            && metadata["creationTimestamp"].is_string()
    );
    let again = create(api.port(), MAPS, &map("m"));
    assert_eq!((again.status, again.message().as_str()), (409, "configmaps \"m\" already exists"));
    assert_eq!(again.json()["reason"], "AlreadyExists");
}

#[test]
fn a_deletion_honours_its_preconditions_and_takes_along_what_is_owned() {
    let api = Api::with([deployment("web")]);
    let owner = api.get("deployments.apps", "default/web").unwrap();
    let mut owned = map("m");
    owned["metadata"]["ownerReferences"] = lab_cli::objects::owned_by(&owner);
    api.change(|store| store.put(owned));
    let delete = |preconditions: &Value| {
        let options = json!({"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": preconditions});
        send(api.port(), "DELETE", &format!("{DEPLOYMENTS}/web"), "application/json", &options.to_string())
    };
    assert_eq!(delete(&json!({"uid": "another"})).json()["reason"], "Conflict");
    assert_eq!(delete(&json!({"resourceVersion": "1"})).status, 409);
    assert_eq!(delete(&json!({"uid": owner["metadata"]["uid"]})).json()["status"], "Success");
    assert_eq!((api.get("deployments.apps", "default/web"), api.get("configmaps", "default/m")), (None, None));
}

#[test]
fn a_list_comes_page_by_page() {
    let api = Api::with(["a", "b", "c", "d", "e"].map(map));
    let mut names = Vec::new();
    let mut token = String::new();
    for left in [Some(3), Some(1), None] {
        let page = get(api.port(), &format!("{MAPS}?limit=2&continue={token}")).json();
        names.extend(page["items"].as_array().unwrap().iter().map(|item| item["metadata"]["name"].clone()));
        assert!(page["items"][0]["kind"].is_null(), "items of a list carry no kind");
        assert_eq!(page["metadata"]["remainingItemCount"].as_i64(), left);
        token = page["metadata"]["continue"].as_str().unwrap_or_default().to_owned();
    }
    assert_eq!(names, ["a", "b", "c", "d", "e"]);
    let page = get(api.port(), &format!("{MAPS}?limit=2")).json();
    api.change(lab_cli::api::Store::forget_history);
    let expired =
        get(api.port(), &format!("{MAPS}?limit=2&continue={}", page["metadata"]["continue"].as_str().unwrap()));
    assert_eq!((expired.status, &expired.json()["reason"]), (200, &Value::Null), "nothing has happened since the page");
    api.change(|store| {
        store.put(map("f"));
        store.forget_history();
    });
    let expired =
        get(api.port(), &format!("{MAPS}?limit=2&continue={}", page["metadata"]["continue"].as_str().unwrap()));
    assert_eq!((expired.status, &expired.json()["reason"]), (410, &json!("Expired")));
}

#[test]
fn a_list_is_selected_by_labels_and_fields() {
    let api = Api::with([deployment("web"), deployment("api")]);
    let count =
        |query: &str| get(api.port(), &format!("{DEPLOYMENTS}?{query}")).json()["items"].as_array().unwrap().len();
    assert_eq!(count("labelSelector=app%3Dweb"), 1);
    assert_eq!(count("labelSelector=app%20in%20(web,api)"), 2);
    assert_eq!(count("fieldSelector=metadata.name%3Dapi"), 1);
    assert_eq!(count("labelSelector=app%3Dweb&fieldSelector=metadata.name%3Dapi"), 0);
    assert_eq!(get(api.port(), &format!("{DEPLOYMENTS}?fieldSelector=spec.x%3D1")).status, 400);
}

#[test]
fn a_watch_tells_what_happens_and_what_comes_to_match() {
    let api = Api::with([map("a")]);
    let listed = get(api.port(), MAPS).json()["metadata"]["resourceVersion"].as_str().unwrap().to_owned();
    let mut watch = Client::to(api.port());
    watch.begin("GET", &format!("{MAPS}?watch=true&labelSelector=x%3Dy&resourceVersion={listed}"), "", "");
    watch.head();
    let label = |value: Value| {
        api.change(|store| store.edit("configmaps", "default/a", |map| map["metadata"]["labels"] = value))
    };
    label(json!({"x": "y"}));
    label(json!({"x": "y", "z": "1"}));
    label(json!({"x": "n"}));
    api.change(|store| store.remove("configmaps", "default/a"));
    let mut other = map("b");
    other["metadata"]["labels"] = json!({"x": "y"});
    api.change(|store| store.put(other));
    api.change(|store| store.remove("configmaps", "default/b"));
    let told: Vec<String> = (0..5)
        .map(|_| watch.event().unwrap())
        .map(|(kind, object)| format!("{kind} {}", object["metadata"]["name"]))
        .collect();
    assert_eq!(told, [r#"ADDED "a""#, r#"MODIFIED "a""#, r#"DELETED "a""#, r#"ADDED "b""#, r#"DELETED "b""#]);
}

#[test]
fn a_watch_begins_with_a_list_ends_in_time_and_says_when_it_is_too_late() {
    let api = Api::with([map("a")]);
    let mut watch = Client::to(api.port());
    let streamed =
        "watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&timeoutSeconds=1";
    watch.begin("GET", &format!("{MAPS}?{streamed}"), "", "");
    watch.head();
    assert_eq!(watch.event().unwrap().0, "ADDED");
    let (kind, object) = watch.event().unwrap();
    assert_eq!(
        (kind.as_str(), &object["metadata"]["annotations"]["k8s.io/initial-events-end"]),
        ("BOOKMARK", &json!("true"))
    );
    assert_eq!(watch.event(), None);
    api.change(|store| {
        store.put(map("b"));
        store.forget_history();
    });
    watch.begin("GET", &format!("{MAPS}?watch=true&resourceVersion=41001"), "", "");
    watch.head();
    let (kind, object) = watch.event().unwrap();
    assert_eq!((kind.as_str(), &object["code"], watch.event()), ("ERROR", &json!(410), None));
}

#[test]
fn an_unknown_request_is_answered_and_fails_the_scenario_in_the_end() {
    for path in [
        "/apis/batch/v1/namespaces/default/cronjobs",
        "/apis/apps/v1/namespaces/default/statefulsets",
        "/api/v1/nodes/a/proxy/stats",
        "/metrics",
    ] {
        let api = Api::start();
        assert_eq!(get(api.port(), path).status, 404, "{path}");
        let said = catch_unwind(AssertUnwindSafe(|| api.finish())).unwrap_err();
        assert!(said.downcast_ref::<String>().unwrap().contains(&format!("unexpected: GET {path}")), "{said:?}");
    }
}

#[test]
fn a_rule_that_is_never_used_fails_the_scenario_in_the_end() {
    let api = Api::start();
    api.on("PATCH /apis/**").answer(Answer::unauthorized());
    api.after("GET /version").then(|_, _| {});
    assert_eq!(get(api.port(), "/version").status, 200);
    assert_eq!(api.stop(), ["never happened: PATCH /apis/**"]);
}

#[test]
fn a_missing_object_and_a_missing_metrics_api_are_nothing_unexpected() {
    let api = Api::start();
    assert_eq!(get(api.port(), &format!("{MAPS}/none")).message(), "configmaps \"none\" not found");
    assert_eq!(get(api.port(), "/apis/metrics.k8s.io/v1beta1/nodes").body, "404 page not found\n");
    api.finish();
}

#[test]
fn answers_are_scripted_by_number() {
    let api = Api::with([map("a")]);
    let path = format!("{MAPS}/a");
    api.on(&format!("get {MAPS}/*")).nth(2).answer(Answer::status(500, "InternalError", "no"));
    api.on("get /api/v1/**").first(1).answer(Answer::too_many_requests(1));
    let statuses: Vec<u16> = (0..4).map(|_| get(api.port(), &path).status).collect();
    assert_eq!(statuses, [429, 500, 200, 200]);
}

#[test]
fn an_answer_can_be_lost_late_broken_or_never_given() {
    let api = Api::start();
    api.on(&format!("POST {MAPS}")).nth(1).answer(Answer::Lost);
    let mut client = Client::to(api.port());
    client.begin("POST", MAPS, "application/json", &map("a").to_string());
    assert!(client.is_closed());
    assert!(api.get("configmaps", "default/a").is_some(), "it was carried out all the same");

    api.on(&format!("GET {MAPS}/a")).nth(1).answer(Answer::Drop);
    let mut client = Client::to(api.port());
    client.begin("GET", &format!("{MAPS}/a"), "", "");
    assert!(client.is_closed());

    api.on(&format!("GET {MAPS}/a")).nth(1).answer(Answer::Late(Duration::from_millis(20)));
    assert_eq!(get(api.port(), &format!("{MAPS}/a")).status, 200);

    api.on(&format!("GET {MAPS}/a")).nth(1).answer(Answer::Stall);
    let mut client = Client::to(api.port());
    client.begin("GET", &format!("{MAPS}/a"), "", "");
    while api.seen().count() < 4 {
        std::thread::sleep(Duration::from_millis(2));
    }
    // The server ends at once all the same, though the client is still waiting.
    api.finish();
    assert!(client.is_closed());
}

#[test]
fn one_thing_follows_another() {
    let api = Api::with([map("a")]);
    api.after(&format!("get {MAPS}/a")).nth(1).then(|store, _| {
        store.edit_as("somebody", "configmaps", "default/a", |map| map["data"]["a"] = json!("edited"));
    });
    api.controller(|store| {
        if store.get("configmaps", "default/a").unwrap()["data"]["a"] == "edited"
            && store.get("configmaps", "default/b").is_none()
        {
            store.put(map("b"));
        }
    });
    assert_eq!(get(api.port(), &format!("{MAPS}/a")).json()["data"]["a"], "b", "the client sees what was before");
    let after = get(api.port(), &format!("{MAPS}/a")).json();
    assert_eq!(
        (&after["data"]["a"], &after["metadata"]["managedFields"][0]["manager"]),
        (&json!("edited"), &json!("somebody"))
    );
    assert_eq!(get(api.port(), &format!("{MAPS}/b")).status, 200);
    api.after("GET /version").later(Duration::from_millis(30)).then(|store, _| drop(store.put(map("c"))));
    get(api.port(), "/version");
    let mut watch = Client::to(api.port());
    watch.begin("GET", &format!("{MAPS}?watch=1&fieldSelector=metadata.name%3Dc"), "", "");
    watch.head();
    assert_eq!(watch.event().unwrap().0, "ADDED");
}

#[test]
fn a_missing_right_shows_in_requests_and_in_reviews() {
    let api = Api::with([deployment("web")]);
    api.deny("patch", "deployments.apps", Some("default"));
    let refused = patch(api.port(), &format!("{DEPLOYMENTS}/web"), &json!([]));
    assert_eq!(refused.status, 403);
    assert_eq!(
        refused.message(),
        r#"deployments.apps "web" is forbidden: User "student" cannot patch resource "deployments" in API group "apps" in the namespace "default""#
    );
    let may = |verb: &str, namespace: &str| {
        let attributes = json!({"verb": verb, "group": "apps", "resource": "deployments", "namespace": namespace});
        let review = json!({"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview", "spec": {"resourceAttributes": attributes}});
        create(api.port(), "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", &review).json()["status"]["allowed"]
            == true
    };
    assert!(may("get", "default") && may("patch", "kube-system"));
    assert!(!may("patch", "default") && !may("patch", ""));
    assert!(!may("*", "") && may("*", "kube-system"), "all of it needs each of it");
    assert_eq!(api.seen().writes().count(), 1, "questions are not writes");
}

#[test]
fn logs_are_cut_and_followed() {
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "default"}, "spec": {"containers": [{"name": "a"}]}});
    let api = Api::with([pod]);
    api.change(|store| store.log("default/p", "a", "one\ntwo\n"));
    let path = "/api/v1/namespaces/default/pods/p/log";
    assert_eq!(get(api.port(), &format!("{path}?tailLines=1")).body, "two\n");
    let dated = get(api.port(), &format!("{path}?timestamps=true&tailLines=1")).body;
    assert!(dated.starts_with("20") && dated.ends_with("Z two\n"), "{dated}");
    let mut follow = Client::to(api.port());
    follow.begin("GET", &format!("{path}?follow=true&tailLines=1"), "", "");
    follow.head();
    assert_eq!(follow.chunk().unwrap(), b"two\n");
    api.change(|store| store.log("default/p", "a", "three"));
    assert_eq!(follow.chunk().unwrap(), b"three\n");
}

#[test]
fn server_side_apply_refuses_to_take_what_another_manager_wrote() {
    let api = Api::start();
    let apply = |manager: &str, replicas: i32, force: &str| {
        let mut object = deployment("web");
        object["spec"]["replicas"] = json!(replicas);
        let path = format!("{DEPLOYMENTS}/web?fieldManager={manager}{force}");
        send(api.port(), "PATCH", &path, "application/apply-patch+yaml", &object.to_string())
    };
    assert_eq!(apply("one", 1, "").status, 201);
    assert_eq!(apply("one", 2, "").status, 200);
    let refused = apply("two", 3, "");
    assert_eq!(
        (refused.status, refused.message().as_str()),
        (409, r#"Apply failed with 1 conflict: conflict with "one": .spec.replicas"#)
    );
    assert_eq!(apply("two", 3, "&force=true").json()["spec"]["replicas"], 3);
}

#[test]
fn one_connection_serves_many_requests() {
    let api = Api::with([map("a")]);
    let mut client = Client::to(api.port());
    for _ in 0..3 {
        assert_eq!(client.send("GET", &format!("{MAPS}/a"), "", "").status, 200);
    }
    insta::assert_snapshot!(api.seen(), @r"
    GET /api/v1/namespaces/default/configmaps/a
    GET /api/v1/namespaces/default/configmaps/a
    GET /api/v1/namespaces/default/configmaps/a
    ");
}
