use lab_cli::api::Api;
use lab_cli::objects::metallb::{self, By, MetalLb};
use lab_cli::run::{Output, Run};
use lab_cli::world::World;
use serde_json::{Value, json};

/// What the API server can say of an installation beforehand.
mod dry_run;
/// What of kube-proxy comes before an installation.
mod kube_proxy;
/// Adding, listing, proposing and removing pools.
mod pools;
/// How many requests it takes.
mod requests;
/// What is shown of it.
mod status;
/// Taking all of it away.
mod uninstall;
/// Why a Service does not answer.
mod verify;

const RANGE: &str = "172.30.0.200-172.30.0.220";
const KINDS: [&str; 16] = [
    "clusterrolebindings.rbac.authorization.k8s.io",
    "clusterroles.rbac.authorization.k8s.io",
    "configmaps",
    "customresourcedefinitions.apiextensions.k8s.io",
    "daemonsets.apps",
    "deployments.apps",
    "ipaddresspools.metallb.io",
    "l2advertisements.metallb.io",
    "namespaces",
    "pods",
    "rolebindings.rbac.authorization.k8s.io",
    "roles.rbac.authorization.k8s.io",
    "secrets",
    "serviceaccounts",
    "services",
    "validatingwebhookconfigurations.admissionregistration.k8s.io",
];

fn lab(api: &Api, words: &[&str]) -> Output {
    Run::verb("metallb").against(api).args(words.to_vec()).run()
}

/// A living cluster with these objects, and MetalLB's processes wherever they are installed.
fn alive(objects: impl IntoIterator<Item = Value>) -> Api {
    let cidrs = json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "ServiceCIDR", "metadata": { "name": "kubernetes" },
        "spec": { "cidrs": ["10.96.0.0/12"] },
    });
    let api = World::default().stage(objects.into_iter().chain([cidrs]));
    lab_cli::world::metallb::live(&api);
    api
}

/// `install` from a manifest that is at hand.
fn install(api: &Api, words: &[&str]) -> Run {
    let run = Run::verb("metallb").against(api);
    let objects = MetalLb { by: By::Kubectl, ..MetalLb::default() }.objects();
    let documents: Vec<String> = objects.iter().map(Value::to_string).collect();
    std::fs::write(run.home().join("metallb.yaml"), documents.join("\n---\n")).unwrap();
    run.args(["install", "--manifest", "metallb.yaml"]).args(words.to_vec())
}

/// MetalLB with the lecture's pool, and Service default/web, which has its first address.
fn stage(metallb: &MetalLb) -> Api {
    let configuration = [metallb.pool("lecture", &[RANGE]), metallb.advertisement("external-access", &["lecture"])];
    alive(metallb.objects().into_iter().chain(configuration).chain([metallb::balanced("default", "web")]))
}

/// What of a Service tells that it has an address: the address, and MetalLB's own note.
fn address(api: &Api, service: &str) -> (Option<String>, usize) {
    let service = api.get("services", service).unwrap();
    let text = service["status"]["loadBalancer"]["ingress"][0]["ip"].as_str().map(str::to_owned);
    (text, service["metadata"]["annotations"].as_object().map_or(0, serde_json::Map::len))
}

/// The names of all objects there are, journals apart.
fn everything(api: &Api) -> Vec<String> {
    let objects: Vec<Value> = api.change(|store| KINDS.iter().flat_map(|kind| store.all(kind)).collect());
    let kept = objects.iter().filter(|object| object["metadata"]["labels"].get("kubectl-lab/state").is_none());
    kept.map(|object| format!("{} {}/{}", object["kind"], object["metadata"]["namespace"], object["metadata"]["name"]))
        .collect()
}

/// The writes, those of journals apart, each as `METHOD PATH`.
fn writes(api: &Api) -> Vec<String> {
    let seen =
        api.seen().writes().only(|request| !request.path.contains("/configmaps/kubectl-lab-") && !is_journal(request));
    seen.requests().iter().map(|request| format!("{} {}", request.method, request.path)).collect()
}

fn is_journal(request: &lab_cli::api::Request) -> bool {
    let name = request.json().map(|body| body["metadata"]["name"].to_string()).unwrap_or_default();
    request.method == "POST" && name.contains("kubectl-lab-")
}
