//! What a lecture shows load balancing with: pods whose page says which of them answers, and Services of type LoadBalancer before them,
//! right or wrong in the ways that students meet.

use serde_json::{Value, json};

const SERVER_PORT: u16 = 8080;
/// Nothing else in the test cluster has it.
const APP: &str = "web";

/// A namespace with a Deployment `web` in it.
#[derive(Clone, Debug)]
pub struct Workload {
    namespace: String,
    replicas: u8,
    node: Option<String>,
    ready: bool,
    services: Vec<LoadBalancer>,
}

impl Workload {
    /// Two pods, wherever there is room.
    pub fn in_namespace(namespace: &str) -> Workload {
        let namespace = namespace.to_owned();
        Workload { namespace, replicas: 2, node: None, ready: true, services: Vec::new() }
    }

    #[must_use]
    pub fn replicas(mut self, replicas: u8) -> Workload {
        self.replicas = replicas;
        self
    }

    /// All pods on one node.
    #[must_use]
    pub fn on_node(mut self, node: &str) -> Workload {
        self.node = Some(node.to_owned());
        self
    }

    /// Its pods run, and their readiness probe asks for a page that they do not have.
    #[must_use]
    pub fn never_ready(mut self) -> Workload {
        self.ready = false;
        self
    }

    #[must_use]
    pub fn with(mut self, service: LoadBalancer) -> Workload {
        self.services.push(service);
        self
    }

    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// How many of its pods become ready.
    pub fn ready_replicas(&self) -> u8 {
        if self.ready { self.replicas } else { 0 }
    }

    /// As one List that kubectl takes.
    pub fn text(&self) -> String {
        let mut items = vec![namespace(&self.namespace)];
        let elsewhere = self.services.iter().filter_map(|service| service.namespace.as_deref());
        items.extend(elsewhere.map(namespace));
        items.push(self.deployment());
        items.extend(self.services.iter().map(|service| service.object(&self.namespace)));
        json!({ "apiVersion": "v1", "kind": "List", "items": items }).to_string()
    }

    fn deployment(&self) -> Value {
        let labels = json!({ "app": APP });
        let mut pod = json!({ "terminationGracePeriodSeconds": 1, "containers": [self.container()] });
        if let Some(node) = &self.node {
            pod["nodeSelector"] = json!({ "kubernetes.io/hostname": node });
        }
        json!({
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": { "name": APP, "namespace": self.namespace },
            "spec": {
                "replicas": self.replicas,
                "selector": { "matchLabels": labels },
                // A changed workload is wholly the new one as soon as it is ready.
                "strategy": { "type": "Recreate" },
                "template": { "metadata": { "labels": labels }, "spec": pod },
            },
        })
    }

    fn container(&self) -> Value {
        let field =
            |name: &str, path: &str| json!({ "name": name, "valueFrom": { "fieldRef": { "fieldPath": path } } });
        let script = format!(
            r#"mkdir -p /tmp/www && echo "Running $POD ($IP) on $NODE" > /tmp/www/index.html && exec httpd -f -p {SERVER_PORT} -h /tmp/www"#
        );
        let page = if self.ready { "/" } else { "/not-there" };
        json!({
            "name": APP,
            "image": "busybox:1.37.0",
            "command": ["sh", "-c", script],
            "env": [field("POD", "metadata.name"), field("IP", "status.podIP"), field("NODE", "spec.nodeName")],
            "ports": [{ "containerPort": SERVER_PORT }],
            "readinessProbe": { "httpGet": { "path": page, "port": SERVER_PORT }, "periodSeconds": 1 },
        })
    }
}

/// A Service of type LoadBalancer before the pods, at port 80.
#[derive(Clone, Debug)]
pub struct LoadBalancer {
    name: String,
    namespace: Option<String>,
    selects: String,
    spec: Value,
    annotations: Value,
}

impl LoadBalancer {
    pub fn named(name: &str) -> LoadBalancer {
        let selects = APP.to_owned();
        LoadBalancer { name: name.to_owned(), namespace: None, selects, spec: json!({}), annotations: json!({}) }
    }

    /// In another namespace than its pods, which it therefore does not find.
    #[must_use]
    pub fn in_namespace(mut self, namespace: &str) -> LoadBalancer {
        self.namespace = Some(namespace.to_owned());
        self
    }

    /// Selects pods by another name than theirs.
    #[must_use]
    pub fn selecting(mut self, app: &str) -> LoadBalancer {
        self.selects = app.to_owned();
        self
    }

    /// With this address inside the cluster.
    #[must_use]
    pub fn at(self, address: &str) -> LoadBalancer {
        self.with("clusterIP", json!(address))
    }

    /// `externalTrafficPolicy: Local`: only a node with a ready pod of it may answer.
    #[must_use]
    pub fn local(self) -> LoadBalancer {
        self.with("externalTrafficPolicy", json!("Local"))
    }

    /// For another implementation of load balancers.
    #[must_use]
    pub fn of_class(self, class: &str) -> LoadBalancer {
        self.with("loadBalancerClass", json!(class))
    }

    /// Asks for an address the way that every release of MetalLB and other implementations know.
    #[must_use]
    pub fn asking_for(self, address: &str) -> LoadBalancer {
        self.with("loadBalancerIP", json!(address))
    }

    /// `metallb.io/loadBalancerIPs`, `metallb.universe.tf/address-pool` and the like.
    #[must_use]
    pub fn annotated(mut self, key: &str, value: &str) -> LoadBalancer {
        self.annotations[key] = json!(value);
        self
    }

    #[must_use]
    fn with(mut self, field: &str, value: Value) -> LoadBalancer {
        self.spec[field] = value;
        self
    }

    fn object(&self, beside: &str) -> Value {
        let mut spec = self.spec.clone();
        spec["type"] = json!("LoadBalancer");
        spec["selector"] = json!({ "app": self.selects });
        spec["ports"] = json!([{ "port": 80, "targetPort": SERVER_PORT }]);
        let namespace = self.namespace.as_deref().unwrap_or(beside);
        let metadata = json!({ "name": self.name, "namespace": namespace, "annotations": self.annotations });
        json!({ "apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec })
    }
}

fn namespace(name: &str) -> Value {
    json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": name } })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_variant_is_wrong_in_one_way_only() {
        let plain = LoadBalancer::named("a").object("lecture");
        let wrong = LoadBalancer::named("a").local().object("lecture");
        assert_eq!(plain["spec"]["selector"], json!({ "app": "web" }));
        assert_eq!(wrong["spec"]["externalTrafficPolicy"], "Local");
        assert_eq!(wrong["metadata"], plain["metadata"]);
        let away = LoadBalancer::named("a").in_namespace("other").object("lecture");
        assert_eq!((&away["metadata"]["namespace"], &away["spec"]), (&json!("other"), &plain["spec"]));
        let text = Workload::in_namespace("lecture").with(LoadBalancer::named("a").in_namespace("other")).text();
        let list: Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(list["items"].as_array().map(Vec::len), Some(4), "{list}");
    }
}
