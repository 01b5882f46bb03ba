//! A Job that runs one short script and is gone soon after: in the smallest pod that the strictest Pod Security allows.

use std::time::Duration;

use lab_plan::{Change, RUN_ANNOTATION, Target};
use serde_json::{Value, json};

use crate::journal::MANAGED_BY;

/// Has a shell, wget and timeout. Scripts fetch with `timeout 5 wget -q -O - URL`: wget's own `-T` crashes in some builds.
pub const IMAGE: &str = "busybox:1.37.0";

/// Names the run on Jobs and on their pods, so that both can be selected.
pub(crate) const RUN_LABEL: &str = RUN_ANNOTATION;
pub(crate) const ABOUT: &str = "kubectl-lab/about";
pub(crate) const CONTAINER: &str = "look";
/// The last line of a log that is complete.
pub(crate) const DONE: &str = "kubectl-lab-done";

const DEADLINE: Duration = Duration::from_secs(60);
/// Its log must stay until it has been read.
const TIME_TO_LIVE: Duration = Duration::from_secs(120);
/// What most looks need.
const CPU: &str = "200m";
/// The user `nobody` of nearly every image.
const NOBODY: u32 = 65534;

/// Runs the script, which may `exit` as it likes, and marks the end of what it wrote. All goes one way: between two streams a
/// runtime keeps no order, and a complaint may come behind the mark.
const WRAPPER: &str =
    r#"exec 2>&1; script=$1; shift; sh -c "$script" sh "$@"; code=$?; echo; echo kubectl-lab-done; exit $code"#;

/// A Job to be made for this run.
#[derive(Clone, Debug)]
#[must_use]
pub struct TemporaryJob {
    name: String,
    namespace: String,
    run: String,
    about: String,
    image: String,
    script: String,
    args: Vec<String>,
    node: Option<String>,
    host_network: bool,
    scratch: bool,
    cpu: &'static str,
    deadline: Duration,
}

impl TemporaryJob {
    /// `purpose` is the part of the name that is its own within the run (see [`crate::Reader::run_id`]): at most 20 lowercase
    /// letters, digits and dashes.
    pub fn new(run: &str, namespace: &str, purpose: &str, script: &str) -> TemporaryJob {
        TemporaryJob {
            name: format!("kubectl-lab-{purpose}-{run}"),
            namespace: namespace.into(),
            run: run.into(),
            about: purpose.into(),
            image: IMAGE.into(),
            script: script.into(),
            args: Vec::new(),
            node: None,
            host_network: false,
            scratch: false,
            cpu: CPU,
            deadline: DEADLINE,
        }
    }

    /// By what the verb knows it again when it looks at what came of it.
    pub fn about(mut self, what: impl Into<String>) -> TemporaryJob {
        self.about = what.into();
        self
    }

    pub fn image(mut self, image: impl Into<String>) -> TemporaryJob {
        self.image = image.into();
        self
    }

    /// What the script finds as `$1` and so on. Whatever comes from the cluster belongs here: nothing in it is a command.
    pub fn args<A: Into<String>>(mut self, args: impl IntoIterator<Item = A>) -> TemporaryJob {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    /// On this very node, past the scheduler and every taint.
    pub fn on_node(mut self, node: impl Into<String>) -> TemporaryJob {
        self.node = Some(node.into());
        self
    }

    /// In the network of its node. The user is asked about such pods, and Pod Security may refuse them.
    pub fn on_host_network(mut self) -> TemporaryJob {
        self.host_network = true;
        self
    }

    /// With an empty `/tmp` that its script may write to.
    pub fn with_scratch(mut self) -> TemporaryJob {
        self.scratch = true;
        self
    }

    /// May use so much of a CPU, for scripts that start programs by the hundred.
    pub fn cpu_limit(mut self, cpu: &'static str) -> TemporaryJob {
        self.cpu = cpu;
        self
    }

    /// How long it may take, from the start of the Job on; a minute where nothing is said.
    pub fn within(mut self, deadline: Duration) -> TemporaryJob {
        self.deadline = deadline;
        self
    }

    pub fn create(&self) -> Change {
        let target = Target::namespaced("batch/v1", "Job", &self.namespace, &self.name);
        let labels = json!({ MANAGED_BY.0: MANAGED_BY.1, RUN_LABEL: self.run });
        let job = json!({
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": {
                "name": self.name, "namespace": self.namespace, "labels": labels,
                "annotations": { RUN_ANNOTATION: self.run, ABOUT: self.about },
            },
            "spec": {
                "backoffLimit": 0,
                "activeDeadlineSeconds": self.deadline.as_secs().max(1),
                "ttlSecondsAfterFinished": TIME_TO_LIVE.as_secs(),
                "template": { "metadata": pod_metadata(labels), "spec": self.pod() },
            },
        });
        Change::create(target, job)
    }

    fn pod(&self) -> Value {
        let mut pod = json!({
            "restartPolicy": "Never",
            "terminationGracePeriodSeconds": 1,
            "automountServiceAccountToken": false,
            "enableServiceLinks": false,
            "securityContext": {
                "runAsNonRoot": true, "runAsUser": NOBODY, "runAsGroup": NOBODY,
                "seccompProfile": { "type": "RuntimeDefault" },
            },
            "containers": [self.container()],
        });
        match &self.node {
            Some(node) => {
                pod["nodeName"] = json!(node);
                pod["tolerations"] = json!([{ "operator": "Exists" }]);
            }
            None => pod["nodeSelector"] = json!({ "kubernetes.io/os": "linux" }),
        }
        if self.scratch {
            pod["volumes"] = json!([{ "name": "tmp", "emptyDir": { "sizeLimit": "1Mi" } }]);
        }
        if self.host_network {
            pod["hostNetwork"] = json!(true);
            pod["dnsPolicy"] = json!("ClusterFirstWithHostNet");
        }
        pod
    }

    fn container(&self) -> Value {
        let mut command = vec!["sh", "-c", WRAPPER, "sh", &self.script];
        command.extend(self.args.iter().map(String::as_str));
        let mut container = json!({
            "name": CONTAINER, "image": self.image, "imagePullPolicy": "IfNotPresent", "command": command,
            "resources": {
                "requests": { "cpu": "10m", "memory": "16Mi" }, "limits": { "cpu": self.cpu, "memory": "64Mi" },
            },
            "securityContext": {
                "allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "capabilities": { "drop": ["ALL"] },
            },
        });
        if self.scratch {
            container["volumeMounts"] = json!([{ "name": "tmp", "mountPath": "/tmp" }]);
        }
        container
    }
}

/// A mesh's sidecar would keep the Job from ever ending, and stand between the script and what it asks.
fn pod_metadata(mut labels: Value) -> Value {
    labels["sidecar.istio.io/inject"] = json!("false");
    json!({
        "labels": labels,
        "annotations": { "sidecar.istio.io/inject": "false", "linkerd.io/inject": "disabled" },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use lab_plan::{Step, yaml};

    const RUN: &str = "20261122-221000-3ade68b14d2";

    fn job(job: &TemporaryJob) -> Value {
        job.create().after.unwrap()
    }

    #[test]
    fn the_whole_object_reads_like_this() {
        let plain = TemporaryJob::new(RUN, "default", "subnet", "ip -4 addr").about("the subnet");
        insta::assert_snapshot!(yaml(&job(&plain)), @r#"
        apiVersion: batch/v1
        kind: Job
        metadata:
          name: kubectl-lab-subnet-20261122-221000-3ade68b14d2
          namespace: default
          labels:
            app.kubernetes.io/managed-by: kubectl-lab
            kubectl-lab/run-id: 20261122-221000-3ade68b14d2
          annotations:
            kubectl-lab/run-id: 20261122-221000-3ade68b14d2
            kubectl-lab/about: the subnet
        spec:
          backoffLimit: 0
          activeDeadlineSeconds: 60
          ttlSecondsAfterFinished: 120
          template:
            metadata:
              labels:
                app.kubernetes.io/managed-by: kubectl-lab
                kubectl-lab/run-id: 20261122-221000-3ade68b14d2
                sidecar.istio.io/inject: "false"
              annotations:
                sidecar.istio.io/inject: "false"
                linkerd.io/inject: disabled
            spec:
              restartPolicy: Never
              terminationGracePeriodSeconds: 1
              automountServiceAccountToken: false
              enableServiceLinks: false
              securityContext:
                runAsNonRoot: true
                runAsUser: 65534
                runAsGroup: 65534
                seccompProfile:
                  type: RuntimeDefault
              containers:
              - name: look
                image: busybox:1.37.0
                imagePullPolicy: IfNotPresent
                command:
                - sh
                - -c
                - >-
                  exec 2>&1; script=$1; shift; sh -c "$script" sh "$@"; code=$?; echo; echo
                  kubectl-lab-done; exit $code
                - sh
                - ip -4 addr
                resources:
                  requests:
                    cpu: 10m
                    memory: 16Mi
                  limits:
                    cpu: 200m
                    memory: 64Mi
                securityContext:
                  allowPrivilegeEscalation: false
                  readOnlyRootFilesystem: true
                  capabilities:
                    drop:
                    - ALL
              nodeSelector:
                kubernetes.io/os: linux
        "#);
    }

    #[test]
    fn on_a_nodes_network_only_that_differs() {
        let plain = TemporaryJob::new(RUN, "default", "subnet", "true");
        let on_node = plain.clone().on_node("lab-1").on_host_network();
        let (mut plain, mut on_node) = (job(&plain), job(&on_node));
        let pod = |job: &mut Value| job["spec"]["template"]["spec"].as_object_mut().unwrap().clone();
        let (plain, on_node) = (pod(&mut plain), pod(&mut on_node));
        let mut differs: Vec<&String> = on_node.keys().filter(|key| plain.get(*key) != on_node.get(*key)).collect();
        differs.sort();
        assert_eq!(differs, ["dnsPolicy", "hostNetwork", "nodeName", "tolerations"]);
    }

    #[test]
    fn what_a_script_may_write_to_is_of_the_pod_alone() {
        let with = job(&TemporaryJob::new(RUN, "default", "prove", "true").with_scratch());
        let pod = &with["spec"]["template"]["spec"];
        assert_eq!(pod["volumes"], json!([{ "name": "tmp", "emptyDir": { "sizeLimit": "1Mi" } }]));
        assert_eq!(pod["containers"][0]["volumeMounts"], json!([{ "name": "tmp", "mountPath": "/tmp" }]));
    }

    #[test]
    fn it_is_what_a_step_for_this_run_may_make() {
        let jobs = [
            TemporaryJob::new(RUN, "default", "subnet", "true"),
            TemporaryJob::new(RUN, "default", "subnet", "true").on_host_network().within(Duration::ZERO),
        ];
        for (job, goes) in jobs.iter().zip([true, false]) {
            let step = Step::new("look", "look", "why", vec![job.create()]).for_this_run();
            assert_eq!((step.misfit(), step.goes_without_saying()), (None, goes));
        }
    }

    #[test]
    fn the_longest_name_is_one_that_the_api_server_takes() {
        let longest = format!("20261122-221000-{:x}{:x}", 999_999_999, 4_194_304);
        let change = TemporaryJob::new(&longest, "default", &"x".repeat(20), "true").create();
        assert!(change.target.name.len() <= 63, "{}", change.target.name);
    }

    /// What is handed over is text, whatever it looks like; the script may end itself, and its end is marked all the same.
    #[test]
    fn the_script_gets_its_arguments_and_its_end_is_marked() {
        let look = TemporaryJob::new(RUN, "default", "x", r#"printf '%s' "$1"; exit 3"#).args(["$(id); 'a b'"]);
        let container = look.container();
        let command: Vec<&str> = container["command"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        let output = std::process::Command::new("/bin/sh").args(&command[1..]).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stdout), format!("$(id); 'a b'\n{DONE}\n"));
        assert_eq!(output.status.code(), Some(3));
    }
}
