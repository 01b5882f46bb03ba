//! Runs with exactly the rights that `docs/rights` says a command needs: it does its work with them, and it uses each of them.

mod used;

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::{env, fs};

use http::Method;
use lab::rights::{Right, roles_named};
use lab_cli::run::{Output, Run};
use lab_cluster::built::workspace;
use lab_faults::FaultProxy;
use serde_json::{Value, json};

use crate::direct::Direct;
use crate::stage::Stage;

/// Set to `write`, the files are made anew, from what an administrator's runs ask for.
const WRITE: &str = "KUBECTL_LAB_RIGHTS";

/// Somebody who has the rights of `docs/rights/NAME.yaml`, and no others.
#[must_use = "whether it used all of them is asked at the end"]
pub struct Holder<'a> {
    stage: &'a Stage,
    name: &'static str,
    proxy: FaultProxy,
    is_everywhere: bool,
}

impl Stage {
    pub fn holder(&self, name: &'static str) -> Holder<'_> {
        let proxy = FaultProxy::start(&self.kubeconfig()).unwrap_or_else(|error| panic!("{error:#}"));
        if !is_writing() {
            self.grant(name);
        }
        Holder { stage: self, name, proxy, is_everywhere: false }
    }
}

impl Holder<'_> {
    /// A Role cannot be in a namespace that is yet to come, so the rights are there for all namespaces.
    pub fn everywhere(mut self) -> Self {
        self.is_everywhere = true;
        self
    }

    /// `kubectl lab WORDS`.
    pub fn lab(&self, words: &[&str]) -> Run {
        let user = user(self.name);
        let words = if is_writing() { words.to_vec() } else { [words, &["--as", &user]].concat() };
        self.stage.lab_as(&self.proxy.kubeconfig(), &words)
    }

    /// The file says what was needed, no less and no more. `sometimes` are rights that depend on how fast the cluster is.
    pub fn has_used_all(self, sometimes: &[Right], output: &Output) {
        self.proxy.settle();
        let used = self.proxy.requests().into_iter().flat_map(|request| used::by(&request));
        let used = used.map(|right| if self.is_everywhere { Right { namespace: None, ..right } } else { right });
        let rights: BTreeSet<Right> = used.chain(sometimes.iter().cloned()).collect();
        let rights: Vec<Right> = rights.into_iter().collect();
        let (path, text) = (file(self.name), text(self.name));
        let head: String =
            text.lines().take_while(|line| line.starts_with('#')).map(|line| format!("{line}\n")).collect();
        let wanted = head + &roles_named(&format!("kubectl-lab-{}", self.name), &rights);
        if is_writing() {
            fs::write(&path, wanted).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            return;
        }
        let differences = similar::TextDiff::from_lines(&text, &wanted);
        assert!(
            text == wanted,
            "{} is not what was used; with {WRITE}=write it is made anew\n{}{output}",
            path.display(),
            differences.unified_diff()
        );
    }
}

impl Drop for Holder<'_> {
    /// The next test begins without them, however this one ended.
    fn drop(&mut self) {
        if !is_writing() {
            let revoke = || self.stage.feed(&["delete", "--ignore-not-found"], &list(&granted(self.name)));
            // A test that has failed already has said more.
            let _ = catch_unwind(AssertUnwindSafe(revoke));
        }
    }
}

fn user(name: &str) -> String {
    format!("holder-of-{name}")
}

fn file(name: &str) -> PathBuf {
    workspace().join("docs/rights").join(name).with_extension("yaml")
}

fn text(name: &str) -> String {
    let file = file(name);
    fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// The roles of a file, each with a binding of it to the user.
fn granted(name: &str) -> Vec<Value> {
    let objects = lab::manifest::parse(&text(name), "docs/rights").unwrap_or_else(|error| panic!("{error}"));
    let roles = objects.into_iter().map(|object| object.value);
    roles.flat_map(|role| [binding(&role, &user(name)), role]).collect()
}

fn binding(role: &Value, user: &str) -> Value {
    let group = "rbac.authorization.k8s.io";
    json!({
        "apiVersion": format!("{group}/v1"),
        "kind": format!("{}Binding", role["kind"].as_str().unwrap_or_default()),
        "metadata": role["metadata"],
        "roleRef": { "apiGroup": group, "kind": role["kind"], "name": role["metadata"]["name"] },
        "subjects": [{ "apiGroup": group, "kind": "User", "name": user }],
    })
}

fn list(items: &[Value]) -> String {
    json!({ "apiVersion": "v1", "kind": "List", "items": items }).to_string()
}

impl Stage {
    /// A user who has the rights of `docs/rights/NAME.yaml`, and no others.
    pub fn grant(&self, name: &str) -> String {
        let (items, user, api) = (granted(name), user(name), self.direct());
        self.feed(&["apply"], &list(&items));
        // The API server learns of it a moment later.
        self.eventually("the rights are there", |_| {
            let mut roles = items.iter().filter(|item| item["rules"].is_array());
            roles.all(|role| lets(&api, &user, role)).then_some(())
        });
        user
    }
}

/// Whether the API server would let the user do the last thing that the role grants.
fn lets(api: &Direct, user: &str, role: &Value) -> bool {
    let rule = role["rules"].as_array().and_then(|rules| rules.last()).unwrap_or(&Value::Null);
    let word = |field: &str| rule[field][0].as_str().unwrap_or_default();
    let (resource, part) = word("resources").split_once('/').unwrap_or((word("resources"), ""));
    let review = json!({
        "apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview",
        "spec": { "user": user, "resourceAttributes": {
            "verb": word("verbs"), "group": word("apiGroups"), "resource": resource, "subresource": part,
            "name": word("resourceNames"), "namespace": role["metadata"]["namespace"].as_str().unwrap_or_default(),
        } },
    });
    let answer = api.send(Method::POST, "/apis/authorization.k8s.io/v1/subjectaccessreviews", Some(&review));
    answer.unwrap_or_else(|error| panic!("{error:#}"))["status"]["allowed"] == true
}

fn is_writing() -> bool {
    env::var(WRITE).is_ok_and(|value| value == "write")
}
