//! Which Services lose their address when pools go, and which still have one of a pool that has gone.

use crate::addresses::surroundings::Pool;
use crate::addresses::used::hands_out;
use crate::services::LoadBalancer;

/// Those with an address in these pools.
pub fn losing<'s>(services: &'s [LoadBalancer], going: &[Pool]) -> Vec<&'s LoadBalancer> {
    let loses = |service: &&LoadBalancer| {
        let mut addresses = service.addresses().into_iter();
        addresses.any(|address| going.iter().any(|pool| hands_out(pool, address)))
    };
    services.iter().filter(loses).collect()
}

/// Those whose address MetalLB gave from the pool of this name, or from any, and that none of the present pools holds: it
/// has not taken it back yet.
pub fn left_over<'s>(services: &'s [LoadBalancer], pools: &[Pool], of: Option<&str>) -> Vec<&'s LoadBalancer> {
    let given = |service: &&LoadBalancer| {
        let written = service.annotation("ip-allocated-from-pool");
        written.is_some_and(|found| of.is_none_or(|name| name == found.value))
    };
    let homeless = |service: &&LoadBalancer| {
        let mut addresses = service.addresses().into_iter();
        addresses.any(|address| !pools.iter().any(|pool| hands_out(pool, address)))
    };
    services.iter().filter(given).filter(homeless).collect()
}

/// `demo/web (172.30.0.200), demo/api (172.30.0.201) and 3 more`
pub fn words(services: &[&LoadBalancer]) -> String {
    const NAMED: usize = 8;
    let one = |service: &&LoadBalancer| {
        let addresses: Vec<String> = service.addresses().iter().map(ToString::to_string).collect();
        format!("{} ({})", service.full_name(), addresses.join(", "))
    };
    let named: Vec<String> = services.iter().take(NAMED).map(one).collect();
    let more = services.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", named.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::addresses::range::Range;
    use serde_json::json;

    fn pool(name: &str, range: &str) -> Pool {
        Pool {
            namespace: "metallb-system".into(),
            name: name.into(),
            ranges: vec![Range::in_pool(range).unwrap()],
            unreadable: Vec::new(),
            auto_assign: true,
            avoid_buggy_ips: false,
        }
    }

    fn service(name: &str, address: &str, pool: &str) -> LoadBalancer {
        LoadBalancer::of(&json!({
            "metadata": { "name": name, "namespace": "demo", "annotations": { "metallb.io/ip-allocated-from-pool": pool } },
            "spec": { "type": "LoadBalancer" }, "status": { "loadBalancer": { "ingress": [{ "ip": address }] } },
        }))
    }

    fn names(services: &[&LoadBalancer]) -> Vec<String> {
        services.iter().map(|service| service.name().to_owned()).collect()
    }

    #[test]
    fn who_has_an_address_of_a_pool_loses_it() {
        let services = [service("web", "10.0.0.5", "a"), service("api", "10.0.1.5", "b")];
        assert_eq!(names(&losing(&services, &[pool("a", "10.0.0.0/24")])), ["web"]);
        assert_eq!(words(&losing(&services, &[pool("a", "10.0.0.0/23")])), "demo/web (10.0.0.5), demo/api (10.0.1.5)");
    }

    #[test]
    fn an_address_of_a_pool_that_is_gone_is_left_over_and_that_of_somebody_else_is_not() {
        let theirs = LoadBalancer::of(&json!({
            "metadata": { "name": "theirs", "namespace": "demo" }, "spec": { "type": "LoadBalancer" },
            "status": { "loadBalancer": { "ingress": [{ "ip": "192.168.0.1" }] } },
        }));
        let services = [service("web", "10.0.0.5", "a"), service("api", "10.0.1.5", "b"), theirs];
        assert_eq!(names(&left_over(&services, &[pool("b", "10.0.1.0/24")], None)), ["web"]);
        assert_eq!(names(&left_over(&services, &[], Some("b"))), ["api"]);
    }

    #[test]
    fn a_long_list_is_cut() {
        let services: Vec<LoadBalancer> = (0..10).map(|i| service(&format!("s{i}"), "10.0.0.5", "a")).collect();
        let all: Vec<&LoadBalancer> = services.iter().collect();
        assert!(words(&all).ends_with("demo/s7 (10.0.0.5) and 2 more"));
    }
}
