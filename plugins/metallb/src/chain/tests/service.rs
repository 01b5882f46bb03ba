//! Hop 1: is it there, and of the right type?

use serde_json::json;

use super::super::service;
use crate::chain::sample::Lab;

#[test]
fn another_type_gets_no_address() {
    let mut lab = Lab::new();
    lab.edit(|service| service["spec"]["type"] = json!("NodePort"));
    insta::assert_snapshot!(lab.failure(), @r#"
    service: its type is NodePort, and only type LoadBalancer gets an address
      kubectl -n default patch service web -p '{"spec":{"type":"LoadBalancer"}}'
    "#);
}

#[test]
fn a_service_that_is_not_there_has_a_likely_namesake() {
    let others: Vec<(String, String)> =
        [("default", "website"), ("lecture", "web")].map(|(a, b)| (a.to_owned(), b.to_owned())).into();
    let missing = |namespace: &str, name: &str| {
        let hop = service::missing(namespace, name, &others);
        format!("{}\n  {}", hop.said, hop.hints.join("\n  "))
    };
    insta::assert_snapshot!(missing("default", "web"), @r"
    there is no Service web in namespace default
      there is one in namespace lecture: kubectl lab metallb verify lecture/web
    ");
    insta::assert_snapshot!(missing("default", "webiste"), @r"
    there is no Service webiste in namespace default
      there is one called website: kubectl lab metallb verify default/website
    ");
    insta::assert_snapshot!(missing("default", "api"), @r"
    there is no Service api in namespace default
      see what there is with: kubectl -n default get services
    ");
}
