//! ReplicaSets as the Deployment controller makes them.

use serde_json::{Value, json};

use super::owned_by;

/// The ReplicaSet of a Deployment's present template.
pub fn of(deployment: &Value, revision: usize) -> Value {
    let metadata = &deployment["metadata"];
    let hash = hash(&deployment["spec"]["template"]);
    let mut template = deployment["spec"]["template"].clone();
    template["metadata"]["labels"]["pod-template-hash"] = json!(hash);
    let mut selector = deployment["spec"]["selector"].clone();
    selector["matchLabels"]["pod-template-hash"] = json!(hash);
    json!({
        "apiVersion": "apps/v1", "kind": "ReplicaSet",
        "metadata": {
            "name": format!("{}-{hash}", metadata["name"].as_str().unwrap_or_default()), "namespace": metadata["namespace"],
            "labels": template["metadata"]["labels"], "ownerReferences": owned_by(deployment),
            "annotations": {"deployment.kubernetes.io/revision": revision.to_string()},
        },
        "spec": {"replicas": deployment["spec"]["replicas"], "selector": selector, "template": template},
        "status": {},
    })
}

/// A template's hash, in the letters that Kubernetes uses for it.
pub fn hash(template: &Value) -> String {
    const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    let mut number = template
        .to_string()
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let mut text = String::new();
    for _ in 0..10 {
        let index = usize::try_from(number % 27).unwrap_or_default();
        text.push(char::from(LETTERS[index]));
        number /= 27;
    }
    text
}
