//! kube-proxy as kubeadm lays it out, on two nodes, and what its DaemonSet controller and kubelets do about a restart.

use serde_json::{Value, json};

use super::job::{self, Fate};
use super::{AGE, owned_by};
use crate::api::{Api, Store, clock};

const NAMESPACE: &str = "kube-system";
const SET: &str = "kube-system/kube-proxy";
const SETS: &str = "daemonsets.apps";

#[derive(Clone, Debug)]
pub struct KubeProxy {
    /// As the ConfigMap has it.
    pub mode: &'static str,
    /// As the log of the running one says.
    pub running: &'static str,
    /// The letters of the value.
    pub strict_arp: &'static str,
    /// A new pod dies if the value is `true`.
    pub dies: bool,
    /// What becomes of a pod on the host network that asks it for its /configz.
    pub asked: Asked,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// It says what it runs.
    Answers,
    /// It says something else of strictARP than it was told.
    Lies,
    Fares(Fate),
}

impl KubeProxy {
    pub fn in_mode(mode: &'static str) -> KubeProxy {
        KubeProxy { mode, running: mode, strict_arp: "false", dies: false, asked: Asked::Answers }
    }

    pub fn config(&self) -> String {
        format!(
            "apiVersion: kubeproxy.config.k8s.io/v1alpha1\nipvs:\n  # MetalLB asks for it\n  strictARP: {}\nkind: KubeProxyConfiguration\nmode: {}\n",
            self.strict_arp, self.mode
        )
    }

    /// A stage on which it lives.
    pub fn stage(self, nodes: impl IntoIterator<Item = Value>) -> Api {
        let nodes: Vec<Value> = nodes.into_iter().collect();
        let api = Api::with(nodes.clone());
        let config_map = json!({
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": { "name": "kube-proxy", "namespace": NAMESPACE, "labels": { "app": "kube-proxy" } },
            "data": { "config.conf": self.config(), "kubeconfig.conf": "theirs" },
        });
        let labels = json!({ "k8s-app": "kube-proxy" });
        let set = json!({
            "apiVersion": "apps/v1", "kind": "DaemonSet",
            "metadata": { "name": "kube-proxy", "namespace": NAMESPACE, "labels": labels },
            "spec": {
                "selector": { "matchLabels": labels }, "updateStrategy": { "type": "RollingUpdate" },
                "template": {
                    "metadata": { "labels": labels },
                    "spec": { "containers": [{ "name": "kube-proxy", "image": "registry.k8s.io/kube-proxy:v1.37.2" }] },
                },
            },
        });
        api.change(|store| store.put_all([config_map, set]));
        let mut round = 0;
        let mut read = String::new();
        api.controller(move |store| {
            self.live(store, &nodes, &mut round, &mut read);
            job::live(store, |_| self.fate(&read));
        });
        api
    }

    /// What a pod brings that asks the kube-proxy that has read this configuration.
    fn fate(&self, read: &str) -> Fate {
        let on = read.contains("strictARP: true");
        let mode = if read.contains("mode: ipvs") { "ipvs" } else { "iptables" };
        let configz = |on: bool| {
            let configz = json!({ "kubeproxy.config.k8s.io": { "Mode": mode, "IPVS": { "StrictARP": on } } });
            Fate::Writes(format!("{configz}\n\nkubectl-lab-done\n"))
        };
        match &self.asked {
            Asked::Answers => configz(on),
            Asked::Lies => configz(!on),
            Asked::Fares(fate) => fate.clone(),
        }
    }

    /// Pods of the present template on every node, in the state that the configuration leads to; `read` is what they have
    /// read of it.
    fn live(&self, store: &mut Store, nodes: &[Value], round: &mut usize, read: &mut String) {
        let Some(set) = store.get(SETS, SET).cloned() else { return };
        let restarted = set["spec"]["template"]["metadata"]["annotations"].clone();
        let ours = |store: &Store| -> Vec<Value> {
            store.all("pods").into_iter().filter(|pod| pod["metadata"]["labels"]["k8s-app"] == "kube-proxy").collect()
        };
        let pods = ours(store);
        let current = |pod: &&Value| pod["metadata"]["annotations"] == restarted;
        if pods.iter().filter(current).count() != nodes.len() {
            for pod in &pods {
                store.remove("pods", &format!("{NAMESPACE}/{}", pod["metadata"]["name"].as_str().unwrap_or_default()));
            }
            for (number, node) in nodes.iter().enumerate() {
                self.start(store, &set, node, *round * nodes.len() + number, *round == 0);
            }
            *read = store.get("configmaps", SET).map(|map| map["data"]["config.conf"].to_string()).unwrap_or_default();
            *round += 1;
        }
        let ready = ours(store).iter().filter(|pod| pod["status"]["containerStatuses"][0]["ready"] == true).count();
        let status = json!({
            "observedGeneration": set["metadata"]["generation"], "desiredNumberScheduled": nodes.len(),
            "currentNumberScheduled": nodes.len(), "updatedNumberScheduled": nodes.len(), "numberMisscheduled": 0,
            "numberAvailable": ready, "numberReady": ready,
        });
        if set["status"] != status {
            store.edit_as("kube-controller-manager", SETS, SET, |set| set["status"] = status);
        }
    }

    fn start(&self, store: &mut Store, set: &Value, node: &Value, number: usize, old: bool) {
        let name = format!("kube-proxy-{number}");
        let text = store.get("configmaps", SET).map(|map| map["data"]["config.conf"].to_string()).unwrap_or_default();
        let dies = self.dies && text.contains("strictARP: true");
        let state = if dies {
            json!({ "waiting": { "reason": "CrashLoopBackOff", "message": "back-off 10s restarting failed container" } })
        } else {
            json!({ "running": { "startedAt": clock::now() } })
        };
        let last = if dies { json!({ "terminated": { "exitCode": 1, "reason": "Error" } }) } else { json!({}) };
        let mut metadata = set["spec"]["template"]["metadata"].clone();
        metadata["name"] = json!(name);
        metadata["namespace"] = json!(NAMESPACE);
        metadata["ownerReferences"] = owned_by(set);
        if old {
            metadata["creationTimestamp"] = json!(clock::ago(AGE));
        }
        let mut spec = set["spec"]["template"]["spec"].clone();
        spec["nodeName"] = node["metadata"]["name"].clone();
        store.put(json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec,
            "status": { "phase": "Running", "containerStatuses": [{
                "name": "kube-proxy", "image": "", "imageID": "", "ready": !dies, "restartCount": i32::from(dies) * 2,
                "state": state, "lastState": last,
            }] },
        }));
        let full = format!("{NAMESPACE}/{name}");
        let mode = if old { self.running } else { self.mode };
        store.log(
            &full,
            "kube-proxy",
            &format!("I1122 22:10:00.000000       1 server_linux.go:146] \"Using {mode} Proxier\"\n"),
        );
        if dies {
            store.log(
                &full,
                "kube-proxy",
                "E1122 22:10:01.000000       1 run.go:72] \"command failed\" err=\"no such sysctl\"\n",
            );
        }
    }
}
