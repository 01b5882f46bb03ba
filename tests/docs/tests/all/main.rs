//! The documents are true. One program, so that it is linked once.

/// Every command line in a document is one that works.
mod commands;
/// What TAB offers.
mod completion;
/// The same for digests.
mod digests_report;
/// The table in the README, the dispatcher and the verbs mean the same by a number.
mod exit_codes;
/// Links lead somewhere, and files keep the repository's own rules.
mod files;
/// Pages of the verbs, man pages, and what else is made from the programs; troubleshooting has every code.
mod generated;
/// The same for what changes MetalLB's pools, or takes all of it away.
mod metallb_changes;
/// The same for the looks at MetalLB and its Services.
mod metallb_install;
mod metallb_looks;
/// The same for probe.
mod probe_reports;
/// The session that the README shows as a picture is one that could be typed today.
mod recording;
/// The rights that each command needs.
mod rights;
/// What `-o json` prints is what the schemas promise, no less and no more.
mod schemas;
/// The same for strict-arp.
mod strict_arp_schema;
/// The same for traffic.
mod traffic_reports;
/// The README shows what the programs say today.
mod transcript;
/// What `kubectl lab undo -o json` prints is what its schema promises, no less and no more.
mod undo_reports;
/// What runs on GitHub is what runs here.
mod workflows;
