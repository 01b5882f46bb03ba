//! Clusters for real: brought up, used, killed and taken down. Needs root, like the clusters themselves.
#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod demo;
mod killed;
mod machine_state;
mod own_cluster;
mod real;
mod side_by_side;
mod used;

/// Two cores bear one cluster coming up at a time; and what a test sees on the machine must be its own doing.
static ONE_AT_A_TIME: std::sync::Mutex<()> = std::sync::Mutex::new(());

fn alone() -> std::sync::MutexGuard<'static, ()> {
    ONE_AT_A_TIME.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
