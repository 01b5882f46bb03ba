//! What is ours of the contents of a Namespace or of a kind: what we made, and what that owns.

use std::collections::BTreeSet;

use lab_plan::{Contents, Item, Target, Unseen};

use super::usual;

/// What was made by the run, or belongs to the release, that is being removed.
#[derive(Clone, Debug, Default)]
pub struct Inventory {
    pub(super) targets: Vec<Target>,
    uids: BTreeSet<String>,
}

/// What would go along and is not ours, in the order of kinds and names.
#[derive(Clone, Debug, PartialEq)]
pub struct Foreign<'c> {
    pub items: Vec<&'c Item>,
    pub unseen: Vec<&'c Unseen>,
}

impl Inventory {
    /// The uid tells ours from what others have made under the same name since; of what is gone already it is not known.
    pub fn add(&mut self, target: &Target, uid: Option<&str>) {
        self.targets.push(target.clone());
        self.uids.extend(uid.filter(|uid| !uid.is_empty()).map(str::to_owned));
    }

    /// What in `contents` is neither ours nor Kubernetes' own.
    pub fn foreign<'c>(&self, contents: &'c Contents) -> Foreign<'c> {
        let ours = self.with_what_they_own(contents);
        let mut items: Vec<&Item> = contents.items.iter().collect();
        items.retain(|item| !ours.contains(item.uid.as_str()) && !item.going && !usual::is_usual(item, self));
        items.sort_by(|a, b| (&a.target.kind, &a.target).cmp(&(&b.target.kind, &b.target)));
        // The same object may be served by two groups.
        items.dedup_by(|a, b| a.uid == b.uid);
        let mut unseen: Vec<&Unseen> = contents.unseen.iter().collect();
        unseen.sort();
        Foreign { items, unseen }
    }

    /// Owned by ours, however long the chain is. What has a second owner that is not ours is not.
    fn with_what_they_own<'c>(&'c self, contents: &'c Contents) -> BTreeSet<&'c str> {
        let there: BTreeSet<&str> = contents.items.iter().map(|item| item.uid.as_str()).collect();
        let mut ours: BTreeSet<&str> = self.uids.iter().map(String::as_str).collect();
        loop {
            let before = ours.len();
            for item in contents.items.iter().filter(|item| !item.owners.is_empty()) {
                let goes = item.owners.iter().all(|owner| {
                    // Kubernetes collects what belongs to an owner that is gone.
                    let is_gone = contents.kinds.contains(&owner.kind) && !there.contains(owner.uid.as_str());
                    is_gone || ours.contains(owner.uid.as_str())
                });
                if goes {
                    ours.insert(&item.uid);
                }
            }
            if ours.len() == before {
                return ours;
            }
        }
    }
}

impl Foreign<'_> {
    pub fn is_empty(&self) -> bool {
        self.items.is_empty() && self.unseen.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lab_plan::Owner;

    fn item(kind: &str, name: &str, owner: Option<(&str, &str)>) -> Item {
        let owners = owner.map(|(kind, name)| Owner { kind: kind.into(), uid: format!("{kind}/{name}") });
        Item {
            target: Target::namespaced("v1", kind, "monitoring", name),
            uid: format!("{kind}/{name}"),
            owners: owners.into_iter().collect(),
            ..Item::default()
        }
    }

    fn contents(items: Vec<Item>) -> Contents {
        Contents { items, kinds: ["Deployment", "ReplicaSet"].map(str::to_owned).into(), ..Contents::default() }
    }

    fn inventory() -> Inventory {
        let mut ours = Inventory::default();
        ours.add(&Target::namespaced("v1", "Deployment", "monitoring", "server"), Some("Deployment/server"));
        ours
    }

    fn names(contents: &Contents) -> Vec<String> {
        inventory().foreign(contents).items.iter().map(|item| item.target.to_string()).collect()
    }

    #[test]
    fn what_we_made_and_what_it_owns_is_ours_in_any_order() {
        let all = contents(vec![
            item("Pod", "server-abc-x", Some(("ReplicaSet", "server-abc"))),
            item("ReplicaSet", "server-abc", Some(("Deployment", "server"))),
            item("Deployment", "server", None),
        ]);
        assert_eq!(names(&all), [""; 0]);
    }

    #[test]
    fn what_others_made_is_not_nor_what_that_owns() {
        let all = contents(vec![
            item("Deployment", "server", None),
            item("Deployment", "theirs", None),
            item("ReplicaSet", "theirs-abc", Some(("Deployment", "theirs"))),
        ]);
        assert_eq!(names(&all), ["Deployment monitoring/theirs", "ReplicaSet monitoring/theirs-abc"]);
    }

    #[test]
    fn another_object_of_our_name_is_not_ours() {
        let anew = Item { uid: "another".into(), ..item("Deployment", "server", None) };
        assert_eq!(names(&contents(vec![anew])), ["Deployment monitoring/server"]);
    }

    #[test]
    fn what_has_another_owner_too_is_not_ours() {
        let mut shared = item("ReplicaSet", "shared", Some(("Deployment", "server")));
        shared.owners.push(Owner { kind: "Database".into(), uid: "theirs".into() });
        assert_eq!(
            names(&contents(vec![item("Deployment", "server", None), shared])),
            ["ReplicaSet monitoring/shared"]
        );
    }

    /// Between two looks the garbage collector has taken the ReplicaSet and not yet its pod.
    #[test]
    fn what_its_owner_has_left_behind_goes_by_itself() {
        let left = item("Pod", "server-abc-x", Some(("ReplicaSet", "server-abc")));
        assert_eq!(names(&contents(vec![left])), [""; 0]);
        let of_what_was_not_looked_at = item("Pod", "x", Some(("Node", "lab-1")));
        assert_eq!(names(&contents(vec![of_what_was_not_looked_at])), ["Pod monitoring/x"]);
    }

    #[test]
    fn what_is_on_its_way_out_does_not_count() {
        assert_eq!(names(&contents(vec![Item { going: true, ..item("Pod", "x", None) }])), [""; 0]);
    }

    #[test]
    fn what_could_not_be_looked_at_counts_as_something() {
        let unseen = Unseen {
            group: "example.com".into(),
            resource: "widgets".into(),
            why: "its server does not answer".into(),
            forbidden: false,
        };
        let all = Contents { unseen: vec![unseen], ..Contents::default() };
        assert!(!inventory().foreign(&all).is_empty());
        assert!(inventory().foreign(&contents(Vec::new())).is_empty());
    }
}
