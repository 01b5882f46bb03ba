//! What tests of kube-proxy do to it and ask it.

use lab_cluster::addons;
use serde_json::{Value, json};

use crate::stage::Stage;

const IN: [&str; 2] = ["-n", "kube-system"];

impl Stage {
    /// kube-proxy as the cluster was made with it, all of it running.
    pub fn fresh_kube_proxy(&self) {
        let all = addons::objects(self.cluster.spec());
        let kinds = ["ConfigMap", "DaemonSet"].map(Value::from);
        let ours =
            all.into_iter().filter(|one| one["metadata"]["name"] == "kube-proxy" && kinds.contains(&one["kind"]));
        let list = json!({ "apiVersion": "v1", "kind": "List", "items": ours.collect::<Vec<_>>() });
        self.feed(&["replace"], &list.to_string());
        self.restart_kube_proxy();
    }

    /// Restarts it by kubectl and waits until it is up.
    pub fn restart_kube_proxy(&self) {
        self.kubectl(&["rollout", "restart", "daemonset/kube-proxy", IN[0], IN[1]]);
        self.kube_proxy_is_up();
    }

    pub fn kube_proxy_is_up(&self) {
        self.kubectl(&["rollout", "status", "daemonset/kube-proxy", IN[0], IN[1], "--timeout=120s"]);
        let count = usize::from(self.cluster.spec().nodes);
        // Pods of before are counted no more, but may still be there.
        self.eventually("the old kube-proxies are gone", |stage| (stage.kube_proxies().len() == count).then_some(()));
        let selected = ["logs", IN[0], IN[1], "-l", "k8s-app=kube-proxy", "--tail=-1"];
        self.eventually("each kube-proxy has said which mode it is in", |stage| {
            let logs = stage.try_kubectl(&selected).unwrap_or_default();
            (logs.matches(" Proxier").count() >= count).then_some(())
        });
    }

    /// The uids of its pods; they tell whether it was restarted.
    pub fn kube_proxies(&self) -> Vec<String> {
        let pods = self.get(&["pods", IN[0], IN[1], "-l", "k8s-app=kube-proxy"]);
        let pods = pods["items"].as_array().cloned().unwrap_or_default();
        let mut uids: Vec<String> = pods.iter().map(|pod| pod["metadata"]["uid"].to_string()).collect();
        uids.sort();
        uids
    }

    /// The text of its configuration.
    pub fn proxy_config(&self) -> String {
        let map = self.get(&["configmap", "kube-proxy", IN[0], IN[1]]);
        map["data"]["config.conf"].as_str().unwrap_or_default().to_owned()
    }

    /// Edits the text of its configuration, as `kubectl edit` would.
    pub fn edit_proxy_config(&self, edit: impl FnOnce(&str) -> String) {
        let patch = json!({ "data": { "config.conf": edit(&self.proxy_config()) } }).to_string();
        self.kubectl(&["patch", "configmap", "kube-proxy", IN[0], IN[1], "--type=merge", "-p", &patch]);
    }

    /// Puts a program in its place that says which mode it was told, and dies of strictARP. The kernel of a test machine may have
    /// no ip_vs; that a kube-proxy does not come up on the new value is the same to whoever restarts it.
    pub fn stand_in_for_kube_proxy(&self) {
        let script = r#"config=/var/lib/kube-proxy/config.conf
echo "Using $(sed -n 's/^mode: //p' $config) Proxier"
if grep -q 'strictARP: true' $config; then sleep 2; echo "the stand-in cannot bear strictARP"; exit 1; fi
trap 'exit 0' TERM
while :; do sleep 1; done"#;
        let patch = json!({ "spec": { "template": { "spec": {
            "terminationGracePeriodSeconds": 1,
            "containers": [{ "name": "kube-proxy", "image": "busybox:latest", "command": ["/bin/sh", "-c", script] }],
        } } } });
        self.kubectl(&["patch", "daemonset", "kube-proxy", IN[0], IN[1], "-p", &patch.to_string()]);
        self.kube_proxy_is_up();
    }
}
