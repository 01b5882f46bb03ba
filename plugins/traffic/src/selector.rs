//! A label selector of an object, as a query writes it.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;

/// `app=demo,tier in (a,b),!old`
pub fn query(selector: &LabelSelector) -> String {
    let labels = selector.match_labels.iter().flatten().map(|(key, value)| format!("{key}={value}"));
    let expressions = selector.match_expressions.iter().flatten().map(|one| {
        let values = one.values.clone().unwrap_or_default().join(",");
        match one.operator.as_str() {
            "In" => format!("{} in ({values})", one.key),
            "NotIn" => format!("{} notin ({values})", one.key),
            "DoesNotExist" => format!("!{}", one.key),
            _ => one.key.clone(),
        }
    });
    labels.chain(expressions).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_operator_has_its_form() {
        let one =
            |key: &str, operator: &str, values: &[&str]| json!({ "key": key, "operator": operator, "values": values });
        let expressions = [
            one("tier", "In", &["a", "b"]),
            one("env", "NotIn", &["old"]),
            one("kept", "Exists", &[]),
            one("gone", "DoesNotExist", &[]),
        ];
        let selector = json!({ "matchLabels": { "app": "demo" }, "matchExpressions": expressions });
        let selector: LabelSelector = serde_json::from_value(selector).expect("a selector");
        assert_eq!(query(&selector), "app=demo,tier in (a,b),env notin (old),kept,!gone");
    }
}
