//! A Service that leads to the pod of a temporary Job, is owned by it, and so goes with it.

use lab_plan::{Change, RUN_ANNOTATION, Target};
use serde_json::{Value, json};

use super::job::RUN_LABEL;
use super::made::Temporary;
use crate::journal::MANAGED_BY;

impl Temporary {
    /// A Service of this Job's name, with these annotations and this specification less its selector; `None` as long as
    /// the Job was not seen.
    pub fn service(&self, run: &str, annotations: &Value, spec: &Value) -> Option<Change> {
        let owner = json!({ "apiVersion": "batch/v1", "kind": "Job", "name": self.name, "uid": self.uid.as_ref()? });
        let (mut annotations, mut spec) = (annotations.clone(), spec.clone());
        annotations[RUN_ANNOTATION] = json!(run);
        // The Job's controller puts the second label on its pods; the first is on all pods of the run.
        spec["selector"] = json!({ RUN_LABEL: run, "job-name": self.name });
        let service = json!({
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {
                "name": self.name, "namespace": self.namespace,
                "labels": { MANAGED_BY.0: MANAGED_BY.1, RUN_LABEL: run },
                "annotations": annotations,
                "ownerReferences": [owner],
            },
            "spec": spec,
        });
        Some(Change::create(Target::namespaced("v1", "Service", &self.namespace, &self.name), service))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::temporary::TemporaryState;
    use lab_plan::yaml;

    #[test]
    fn the_whole_object_reads_like_this() {
        let job = Temporary {
            about: "prove".into(),
            namespace: "default".into(),
            name: "kubectl-lab-prove-r1".into(),
            uid: Some("u".into()),
            node: None,
            state: TemporaryState::Running,
        };
        let spec = json!({ "type": "LoadBalancer", "ports": [{ "port": 80, "targetPort": 8080 }] });
        let change = job.service("r1", &json!({ "metallb.io/address-pool": "lecture" }), &spec).unwrap();
        insta::assert_snapshot!(yaml(&change.after.unwrap()), @r"
        apiVersion: v1
        kind: Service
        metadata:
          name: kubectl-lab-prove-r1
          namespace: default
          labels:
            app.kubernetes.io/managed-by: kubectl-lab
            kubectl-lab/run-id: r1
          annotations:
            metallb.io/address-pool: lecture
            kubectl-lab/run-id: r1
          ownerReferences:
          - apiVersion: batch/v1
            kind: Job
            name: kubectl-lab-prove-r1
            uid: u
        spec:
          type: LoadBalancer
          ports:
          - port: 80
            targetPort: 8080
          selector:
            kubectl-lab/run-id: r1
            job-name: kubectl-lab-prove-r1
        ");
        assert_eq!(Temporary { uid: None, ..job }.service("r1", &json!({}), &spec), None);
    }
}
