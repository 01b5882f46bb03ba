//! kube-proxy as kubeadm lays it out: a DaemonSet whose configuration is text in a ConfigMap.

use std::path::Path;

use serde_json::{Value, json};

use super::NAMESPACE;
use super::rbac::{bind_cluster_role, service_account};
use crate::kubernetes::Kubernetes;
use crate::spec::{ClusterSpec, KubeProxyMode, POD_NETWORK};

const CONFIG_DIR: &str = "/var/lib/kube-proxy";
const MODULES: &str = "/lib/modules";

pub fn objects(spec: &ClusterSpec) -> Vec<Value> {
    vec![
        service_account("kube-proxy"),
        bind_cluster_role("kubeadm:node-proxier", "system:node-proxier", "kube-proxy"),
        config_map(spec.kube_proxy_mode),
        daemon_set(spec.kubernetes, has_kernel_modules(spec)),
    ]
}

fn config_map(mode: KubeProxyMode) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "kube-proxy", "namespace": NAMESPACE, "labels": {"app": "kube-proxy"}},
        "data": {"config.conf": config(mode), "kubeconfig.conf": kubeconfig()},
    })
}

/// Every key that kubeadm writes, in its order, because people and programs edit this text. kubeadm leaves the mode empty, which
/// means iptables. `maxPerCore: 0` leaves the machine's connection table as it is.
fn config(mode: KubeProxyMode) -> String {
    let mode = match mode {
        KubeProxyMode::Iptables => r#""""#,
        KubeProxyMode::Nftables => "nftables",
    };
    format!(
        r#"apiVersion: kubeproxy.config.k8s.io/v1alpha1
bindAddress: 0.0.0.0
bindAddressHardFail: false
clientConnection:
  acceptContentTypes: ""
  burst: 0
  contentType: ""
  kubeconfig: {CONFIG_DIR}/kubeconfig.conf
  qps: 0
clusterCIDR: {POD_NETWORK}
configSyncPeriod: 0s
conntrack:
  maxPerCore: 0
  min: null
  tcpBeLiberal: false
  tcpCloseWaitTimeout: null
  tcpEstablishedTimeout: null
  udpStreamTimeout: 0s
  udpTimeout: 0s
detectLocal:
  bridgeInterface: ""
  interfaceNamePrefix: ""
detectLocalMode: ""
enableProfiling: false
healthzBindAddress: ""
hostnameOverride: ""
iptables:
  localhostNodePorts: null
  masqueradeAll: false
  masqueradeBit: null
  minSyncPeriod: 0s
  syncPeriod: 0s
ipvs:
  excludeCIDRs: null
  minSyncPeriod: 0s
  scheduler: ""
  strictARP: false
  syncPeriod: 0s
  tcpFinTimeout: 0s
  tcpTimeout: 0s
  udpTimeout: 0s
kind: KubeProxyConfiguration
logging:
  flushFrequency: 0
  options:
    json:
      infoBufferSize: "0"
    text:
      infoBufferSize: "0"
  verbosity: 0
metricsBindAddress: ""
mode: {mode}
nftables:
  masqueradeAll: false
  masqueradeBit: null
  minSyncPeriod: 0s
  syncPeriod: 0s
nodePortAddresses: null
oomScoreAdj: null
portRange: ""
showHiddenMetricsForVersion: ""
winkernel:
  enableDSR: false
  forwardHealthCheckVip: false
  networkName: ""
  rootHnsEndpointName: ""
  sourceVip: ""
"#
    )
}

fn kubeconfig() -> String {
    let account = "/var/run/secrets/kubernetes.io/serviceaccount";
    format!(
        "apiVersion: v1
kind: Config
clusters:
- cluster:
    certificate-authority: {account}/ca.crt
    server: {server}
  name: default
contexts:
- context:
    cluster: default
    namespace: default
    user: default
  name: default
current-context: default
users:
- name: default
  user:
    tokenFile: {account}/token
",
        server = crate::pki::api_url()
    )
}

/// containerd would make the directory where there is none, and nobody would remove it.
fn has_kernel_modules(spec: &ClusterSpec) -> bool {
    spec.light || Path::new(MODULES).exists()
}

fn daemon_set(kubernetes: Kubernetes, with_modules: bool) -> Value {
    let labels = json!({"k8s-app": "kube-proxy"});
    json!({
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": "kube-proxy", "namespace": NAMESPACE, "labels": labels},
        "spec": {
            "selector": {"matchLabels": labels},
            "updateStrategy": {"type": "RollingUpdate"},
            "template": {"metadata": {"labels": labels}, "spec": pod(kubernetes, with_modules)},
        },
    })
}

fn pod(kubernetes: Kubernetes, with_modules: bool) -> Value {
    let mut mounts = vec![
        json!({"name": "kube-proxy", "mountPath": CONFIG_DIR}),
        json!({"name": "xtables-lock", "mountPath": "/run/xtables.lock"}),
    ];
    let mut volumes = vec![
        json!({"name": "kube-proxy", "configMap": {"name": "kube-proxy"}}),
        json!({"name": "xtables-lock", "hostPath": {"path": "/run/xtables.lock", "type": "FileOrCreate"}}),
    ];
    if with_modules {
        mounts.push(json!({"name": "lib-modules", "mountPath": MODULES, "readOnly": true}));
        volumes.push(json!({"name": "lib-modules", "hostPath": {"path": MODULES}}));
    }
    json!({
        "hostNetwork": true,
        "priorityClassName": "system-node-critical",
        "serviceAccountName": "kube-proxy",
        "nodeSelector": {"kubernetes.io/os": "linux"},
        "tolerations": [{"operator": "Exists"}],
        "containers": [{
            "name": "kube-proxy",
            "image": kubernetes.proxy_image(),
            "imagePullPolicy": "IfNotPresent",
            "command": [
                "/usr/local/bin/kube-proxy",
                format!("--config={CONFIG_DIR}/config.conf"),
                "--hostname-override=$(NODE_NAME)",
            ],
            "env": [{"name": "NODE_NAME", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}}],
            "securityContext": {"privileged": true},
            "volumeMounts": mounts,
        }],
        "volumes": volumes,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mode_is_written_as_kubeadm_writes_it() {
        assert!(config(KubeProxyMode::Iptables).contains("\nmode: \"\"\n"));
        assert!(config(KubeProxyMode::Nftables).contains("\nmode: nftables\n"));
    }

    #[test]
    fn kernel_modules_are_mounted_where_there_are_any() {
        let volumes =
            |with: bool| daemon_set(Kubernetes::Newest, with)["spec"]["template"]["spec"]["volumes"].to_string();
        assert!(volumes(true).contains(MODULES));
        assert!(!volumes(false).contains(MODULES));
    }

    #[test]
    fn the_lectures_key_is_there_and_off() {
        assert!(config(KubeProxyMode::Iptables).contains("\n  strictARP: false\n"));
    }
}
