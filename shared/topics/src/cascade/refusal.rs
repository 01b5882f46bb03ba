//! Refusing to delete what holds others' objects, with their names and the command that shows them.

use std::collections::BTreeSet;

use lab_plan::{Refusal, Target};

use super::Foreign;

/// The code that allows it, and what it allows, for a verb's table.
pub const CASCADE: (&str, &str) =
    ("cascade", "delete a namespace or a kind with everything in it, others' objects too");

const NAMED: usize = 10;

/// `None` where nothing of others' would go along.
pub fn refusal(container: &Target, foreign: &Foreign<'_>) -> Option<Refusal> {
    if foreign.is_empty() {
        return None;
    }
    let mut takes = Vec::new();
    if !foreign.items.is_empty() {
        takes.push(format!("others' objects: {}", named(foreign.items.iter().map(|item| item.target.to_string()))));
    }
    if !foreign.unseen.is_empty() {
        let unseen = named(foreign.unseen.iter().map(ToString::to_string));
        takes.push(format!("whatever there is of what could not be looked at: {unseen}"));
    }
    let reason = format!("deleting {container} would take along {}", takes.join("; and "));
    let refused = Refusal::refused(reason, Some(CASCADE.0));
    Some(match look(container, foreign) {
        Some(command) => refused.hint(format!("look at it with: {command}")),
        None => refused,
    })
}

fn named(names: impl ExactSizeIterator<Item = String>) -> String {
    let more = names.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", names.take(NAMED).collect::<Vec<_>>().join(", "))
}

fn look(container: &Target, foreign: &Foreign<'_>) -> Option<String> {
    let resources: BTreeSet<&str> = foreign.items.iter().map(|item| item.resource.as_str()).collect();
    if resources.is_empty() {
        return None;
    }
    let place = match container.kind.as_str() {
        "Namespace" => format!("-n {}", container.name),
        _ => "-A".to_owned(),
    };
    Some(format!("kubectl get {} {place}", resources.into_iter().collect::<Vec<_>>().join(",")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use lab_plan::{Item, Unseen};

    fn item(resource: &str, kind: &str, name: &str) -> Item {
        let target = Target::namespaced("v1", kind, "monitoring", name);
        Item { target, resource: resource.into(), ..Item::default() }
    }

    fn namespace() -> Target {
        Target::cluster_wide("v1", "Namespace", "monitoring")
    }

    #[test]
    fn names_what_is_there_and_how_to_look_at_it() {
        let (notes, web) = (item("configmaps", "ConfigMap", "notes"), item("deployments.apps", "Deployment", "web"));
        let foreign = Foreign { items: vec![&notes, &web], unseen: Vec::new() };
        let refusal = refusal(&namespace(), &foreign).expect("a refusal");
        assert_eq!(
            refusal.reason,
            "deleting Namespace monitoring would take along others' objects: ConfigMap monitoring/notes, \
             Deployment monitoring/web"
        );
        assert_eq!(refusal.hints, ["look at it with: kubectl get configmaps,deployments.apps -n monitoring"]);
        assert_eq!(refusal.allowed_by, Some("cascade"));
    }

    #[test]
    fn of_many_ten_are_named() {
        let items: Vec<Item> = (10..23).map(|i| item("pools.example.com", "Pool", &format!("p{i}"))).collect();
        let foreign = Foreign { items: items.iter().collect(), unseen: Vec::new() };
        let kind = Target::cluster_wide("apiextensions.k8s.io/v1", "CustomResourceDefinition", "pools.example.com");
        let refusal = refusal(&kind, &foreign).expect("a refusal");
        assert!(refusal.reason.ends_with("Pool monitoring/p18, Pool monitoring/p19 and 3 more"), "{}", refusal.reason);
        assert_eq!(refusal.hints, ["look at it with: kubectl get pools.example.com -A"]);
    }

    #[test]
    fn what_could_not_be_looked_at_is_named() {
        let unseen = Unseen {
            group: "example.com".into(),
            resource: "widgets".into(),
            why: "its server does not answer".into(),
            forbidden: false,
        };
        let foreign = Foreign { items: Vec::new(), unseen: vec![&unseen] };
        assert_eq!(
            refusal(&namespace(), &foreign).expect("a refusal").reason,
            "deleting Namespace monitoring would take along whatever there is of what could not be looked at: \
             widgets.example.com (its server does not answer)"
        );
        assert_eq!(refusal(&namespace(), &Foreign { items: Vec::new(), unseen: Vec::new() }), None);
    }
}
