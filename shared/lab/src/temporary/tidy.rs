//! Tidying up, whatever ends the work.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use tokio::runtime::Runtime;

/// Does the work and then tidies, also where the work panics; the panic goes on after that.
pub(crate) fn and_then_tidy<T>(runtime: &Runtime, work: impl Future<Output = T>, tidy: impl Future<Output = ()>) -> T {
    // What the panic has left half done is only read by `tidy`, which looks at the cluster itself.
    let outcome = catch_unwind(AssertUnwindSafe(|| runtime.block_on(work)));
    runtime.block_on(tidy);
    outcome.unwrap_or_else(|panic| resume_unwind(panic))
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::time::Duration;

    use super::*;
    use crate::connect;
    use crate::fake_server::{FakeServer, answer};
    use crate::flags::Connection;
    use crate::temporary::{Made, TemporaryJob};
    use crate::terminal::Terminal;

    fn runtime() -> Runtime {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
    }

    /// An API server with one Job of the run, and what was asked of it.
    fn removes(work: impl AsyncFnOnce()) -> Vec<String> {
        let job = r#"{"items":[{"metadata":{"name":"kubectl-lab-x","uid":"u1"}}]}"#;
        let server = FakeServer::http(|_| answer("200 OK", &[("content-type", "application/json")], job));
        let runtime = runtime();
        let flags =
            Connection { server: Some(server.url()), request_timeout: Duration::from_secs(5), ..Connection::default() };
        let session = runtime.block_on(connect::connect(&flags)).unwrap();
        let made = Made::of_a_new_run();
        let terminal = Terminal::default();
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            let work = async {
                let change = TemporaryJob::new(made.run_id(), "a", "x", "true").create();
                made.begin(&change).unwrap();
                made.confirm(&change.target);
                work().await;
            };
            and_then_tidy(&runtime, work, made.remove(&session, &terminal));
        }));
        let mut asked: Vec<String> = server.asked().into_iter().map(|asked| asked.line).collect();
        asked.push(if outcome.is_err() { "panicked" } else { "went on" }.into());
        assert!(made.left().is_empty());
        asked.iter().map(|line| line.replace(made.run_id(), "RUN")).collect()
    }

    const LIST: &str = "GET /apis/batch/v1/namespaces/a/jobs?labelSelector=kubectl-lab%2Frun-id%3DRUN";
    const DELETE: &str = "DELETE /apis/batch/v1/namespaces/a/jobs/kubectl-lab-x";

    #[test]
    fn what_the_run_has_made_is_removed_before_a_panic_goes_on() {
        assert_eq!(removes(async || panic!("a mistake in a plan")), [LIST, DELETE, "panicked"]);
        assert_eq!(removes(async || ()), [LIST, DELETE, "went on"]);
    }

    #[test]
    fn the_outcome_of_the_work_is_handed_on_after_the_tidying() {
        let tidied = Cell::new(false);
        assert_eq!(and_then_tidy(&runtime(), async { 7 }, async { tidied.set(true) }), 7);
        assert!(tidied.get());
    }
}
