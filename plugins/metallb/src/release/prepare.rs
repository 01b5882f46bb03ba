//! What is changed about a checked manifest before it is applied.

use lab::manifest::Object;
use serde_json::Value;

/// Without the certificates that come with it: the controller makes its own and puts them there, and what some
/// releases carry (the bgppeers CRD up to v0.14.9) is an expired placeholder that would overwrite them.
#[must_use]
pub fn without_ca_bundle(mut objects: Vec<Object>) -> Vec<Object> {
    for object in &mut objects {
        forget(object.value.pointer_mut("/spec/conversion/webhook/clientConfig"));
        for webhook in object.value.get_mut("webhooks").and_then(Value::as_array_mut).into_iter().flatten() {
            forget(webhook.get_mut("clientConfig"));
        }
    }
    objects
}

fn forget(config: Option<&mut Value>) {
    if let Some(config) = config.and_then(Value::as_object_mut) {
        config.shift_remove("caBundle");
    }
}

/// In the order in which each finds what it needs, and workloads last; within a kind as in the manifest.
#[must_use]
pub fn in_order(mut objects: Vec<Object>) -> Vec<Object> {
    objects.sort_by_key(|object| match object.target.kind.as_str() {
        "Namespace" => 0,
        "CustomResourceDefinition" => 1,
        "ServiceAccount" => 2,
        "Role" | "ClusterRole" => 3,
        "RoleBinding" | "ClusterRoleBinding" => 4,
        "ValidatingWebhookConfiguration" => 6,
        "Deployment" | "DaemonSet" => 7,
        _ => 5,
    });
    objects
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::release::sample::Sample;
    use serde_json::json;

    #[test]
    fn certificates_are_taken_out_and_nothing_else() {
        let clean = Sample::new("0.14.8").objects();
        let mut sample = Sample::new("0.14.8");
        sample.edit("CustomResourceDefinition", |crd| {
            crd["spec"]["conversion"]["webhook"]["clientConfig"]["caBundle"] = json!("LS0t");
        });
        sample.edit("ValidatingWebhookConfiguration", |hooks| {
            hooks["webhooks"][0]["clientConfig"]["caBundle"] = json!("LS0t");
        });
        assert_ne!(sample.objects(), clean);
        assert_eq!(without_ca_bundle(sample.objects()), clean);
    }

    #[test]
    fn each_object_comes_after_what_it_needs() {
        let mut shuffled = Sample::new("0.16.2").objects();
        shuffled.reverse();
        let kinds: Vec<String> = in_order(shuffled).into_iter().map(|object| object.target.kind).collect();
        insta::assert_snapshot!(kinds.join(" "), @"Namespace CustomResourceDefinition CustomResourceDefinition CustomResourceDefinition ServiceAccount ServiceAccount ClusterRole ClusterRoleBinding Service Secret ValidatingWebhookConfiguration DaemonSet Deployment");
    }
}
