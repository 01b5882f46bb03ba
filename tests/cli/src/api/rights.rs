//! What the user of a scenario may not do.

use serde_json::{Value, json};

use super::route::Route;
use super::status::{self, Forbidden};
use super::wire::{Request, Response};

/// Everything is allowed but what is denied here.
#[derive(Debug, Default)]
pub struct Rights {
    denied: Vec<Denied>,
}

#[derive(Debug)]
struct Denied {
    verb: String,
    /// `deployments.apps`, `pods/log`
    resource: String,
    namespace: Option<String>,
}

impl Rights {
    pub fn deny(&mut self, verb: &str, resource: &str, namespace: Option<&str>) {
        let namespace = namespace.map(str::to_owned);
        self.denied.push(Denied { verb: verb.into(), resource: resource.into(), namespace });
    }

    /// A right over all namespaces is missing as soon as it is missing in one of them; so is that to all verbs or resources.
    fn allows(&self, verb: &str, resource: &str, namespace: Option<&str>) -> bool {
        !self.denied.iter().any(|denied| {
            let here = match (&denied.namespace, namespace) {
                (Some(denied), Some(asked)) => denied == asked,
                _ => true,
            };
            here && (denied.verb == "*" || verb == "*" || denied.verb == verb)
                && (denied.resource == "*" || resource == "*.*" || denied.resource == resource)
        })
    }

    /// The server's refusal of a request, if it refuses it.
    pub fn refusal(&self, request: &Request, route: &Route) -> Option<Response> {
        let (resource, namespace, name, subresource) = match route {
            // A Namespace counts as being in itself.
            Route::Object(object) if object.resource.kind == "Namespace" => {
                (object.resource, Some(object.name.as_str()), object.name.as_str(), object.subresource.as_deref())
            }
            Route::Object(object) => {
                (object.resource, object.namespace.as_deref(), object.name.as_str(), object.subresource.as_deref())
            }
            Route::Collection(collection) => (collection.resource, collection.namespace.as_deref(), "", None),
            _ => return None,
        };
        let verb = route.verb(request);
        if self.allows(&verb, &rule_name(resource.plural, resource.group, subresource), namespace) {
            return None;
        }
        let user = user(request);
        Some(status::forbidden(&Forbidden { user, verb: &verb, resource, subresource, namespace, name }))
    }

    /// Whoever decides on a certificate request needs a right on its signer too.
    pub fn decision_refusal(&self, request: &Value) -> Option<Response> {
        if self.allows("approve", "signers.certificates.k8s.io", None) {
            return None;
        }
        let (name, signer) = (request["metadata"]["name"].as_str().unwrap_or_default(), &request["spec"]["signerName"]);
        let why = format!("user not permitted to approve requests with signerName {signer}");
        let message = format!("certificatesigningrequests.certificates.k8s.io \"{name}\" is forbidden: {why}");
        let details = json!({"name": name, "group": "certificates.k8s.io", "kind": "certificatesigningrequests"});
        Some(status::with_details(403, "Forbidden", &message, details))
    }

    /// The answer to "may I …?", from the `resourceAttributes` of an access review.
    pub fn may(&self, asked: &Value) -> bool {
        let text = |key: &str| asked[key].as_str().filter(|value| !value.is_empty());
        let resource =
            rule_name(text("resource").unwrap_or_default(), text("group").unwrap_or_default(), text("subresource"));
        self.allows(text("verb").unwrap_or_default(), &resource, text("namespace"))
    }
}

/// `deployments.apps`, `pods/log`, `deployments/status.apps`
fn rule_name(plural: &str, group: &str, subresource: Option<&str>) -> String {
    let slash = subresource.map(|name| format!("/{name}")).unwrap_or_default();
    let dot = if group.is_empty() { String::new() } else { format!(".{group}") };
    format!("{plural}{slash}{dot}")
}

/// Who a request is from: the one that is impersonated, else the user of the scenario's kubeconfig.
pub fn user(request: &Request) -> &str {
    request.header("impersonate-user").unwrap_or("student")
}
