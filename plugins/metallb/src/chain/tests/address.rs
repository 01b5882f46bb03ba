//! Hop 5: has it an address?

use crate::chain::sample::Lab;

#[test]
fn what_metallb_said_is_passed_on() {
    let mut lab = Lab::new();
    lab.pending();
    insta::assert_snapshot!(lab.failure(), @r"
    address: it has no address, though a pool has one for it, and MetalLB has said nothing about it
      kubectl -n metallb-system logs deployment/controller --tail=20
    ");
    lab.told(
        "AllocationFailed",
        r#"Failed to allocate IP for "default/web": port TCP/80 is already in use on "172.30.0.200""#,
    );
    insta::assert_snapshot!(lab.failure(), @r#"
    address: it has no address; MetalLB said (3m ago): Failed to allocate IP for "default/web": port TCP/80 is already in use on "172.30.0.200"
      kubectl -n metallb-system logs deployment/controller --tail=20
    "#);
}
