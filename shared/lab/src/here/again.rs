//! Asking more than once, for what may be a moment behind.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::time::sleep;

use super::{Heard, Reply, ask, ask_within};

/// Connects, and asks for `/`, with the last patience; beforehand once where the first one is enough for a connection: if that is refused or
/// lost until then, it is asked once more. Certificates are not checked: who answers is of no concern, that somebody does is.
/// kube-proxy follows a change after a moment, and a connection whose first packet it has not led to a pod is not led to one later: so
/// it takes a new one. That there is no way at all is known at once, and does not pass.
pub async fn ask_twice(address: SocketAddr, https: bool, [first, last]: [Duration; 2]) -> Heard {
    let heard = ask_within(address, https, first, last).await;
    if !matches!(heard.reply, Reply::Refused | Reply::TimedOut) {
        return heard;
    }
    // A refusal comes at once, and would come at once again.
    sleep(first.saturating_sub(heard.took)).await;
    ask(address, https, last).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake_server::{FakeServer, answer, closed_port};
    use tokio::net::TcpListener;

    const PATIENCES: [Duration; 2] = [Duration::from_millis(300), Duration::from_millis(500)];

    fn run<T>(work: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
    }

    #[test]
    fn who_listens_a_moment_later_is_heard() {
        let address = SocketAddr::from(([127, 0, 0, 1], closed_port()));
        let heard = run(async {
            let late = async {
                sleep(PATIENCES[0] / 3).await;
                let listener = TcpListener::bind(address).await.unwrap();
                loop {
                    drop(listener.accept().await);
                }
            };
            tokio::select! {
                heard = ask_twice(address, false, PATIENCES) => heard,
                () = late => unreachable!(),
            }
        });
        assert!(matches!(heard.reply, Reply::Tcp(_)), "{heard:?}");
    }

    #[test]
    fn an_answer_may_take_longer_than_the_first_connection() {
        let server = FakeServer::http(|_| {
            std::thread::sleep(PATIENCES[0] + Duration::from_millis(50));
            answer("200 OK", &[], "")
        });
        let address = SocketAddr::from(([127, 0, 0, 1], server.port));
        assert_eq!(run(ask_twice(address, false, PATIENCES)).reply, Reply::Http(200));
    }

    #[test]
    fn who_never_listens_has_refused_twice() {
        let started = std::time::Instant::now();
        let address = SocketAddr::from(([127, 0, 0, 1], closed_port()));
        assert_eq!(run(ask_twice(address, false, PATIENCES)).reply, Reply::Refused);
        assert!(started.elapsed() >= PATIENCES[0]);
    }
}
