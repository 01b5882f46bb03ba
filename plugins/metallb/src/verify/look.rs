//! The pods that ask for an answer: what they run, and what they say.

use std::net::SocketAddr;
use std::time::Duration;

use lab::temporary::TemporaryJob;
use lab_plan::Step;

use super::args::{Args, From};
use super::facts::Facts;
use crate::chain::Id;
use crate::resources::name;
use crate::speakers::speakers;

/// Each address is asked up to three times: kube-proxy may be a moment behind. A connection that it has not led to a pod at the first packet
/// is not led to one by the next packets either, so after silence, too, a new one is made. (`timeout` ends with 143 in BusyBox, with 124
/// elsewhere.) What takes connections and waits for its peer to begin, as many programs do that do not speak HTTP, has answered as well:
/// `nc -w` gives up in time only as long as it is not connected, so one that is still there, or has ended well, is.
const SCRIPT: &str = r#"
for url in "$@"; do
  for limit in 2 3 5; do
    said=$(timeout $limit wget -q -O /dev/null "$url" 2>&1); code=$?
    case "$code $said" in 124* | 143* | *"can't connect"*) ;; *) break ;; esac
    sleep 1
  done
  case $code in
  124 | 143)
    to=${url#http://} to=${to%/} host=${to%:*} host=${host#\[} host=${host%]}
    timeout 4 nc -w 2 "$host" "${to##*:}" < /dev/null > /dev/null 2>&1
    case $? in 0 | 124 | 143) said=TAKEN ;; esac
  esac
  echo "$url $code" $said
done
exit 0"#;

const DEADLINE: Duration = Duration::from_secs(60);

impl From {
    /// The hop that asks from there.
    pub fn hop(self) -> Id {
        match self {
            From::Here => Id::FromHere,
            From::Node => Id::FromNode,
            From::Pod => Id::FromPod,
        }
    }
}

/// By what the Job of a hop is known again; its name has it too.
pub fn purpose(id: Id) -> Option<&'static str> {
    match id {
        Id::FromPod => Some("ask-from-pod"),
        Id::FromNode => Some("ask-from-node"),
        _ => None,
    }
}

/// The step that asks from a pod or a node.
pub fn step(args: &Args, facts: &Facts, from: From, sockets: &[SocketAddr]) -> Option<Step> {
    let purpose = purpose(from.hop())?;
    let urls: Vec<String> = sockets.iter().map(|socket| format!("http://{socket}/")).collect();
    let there = |namespace: &str| {
        TemporaryJob::new(&facts.run, namespace, purpose, SCRIPT).args(urls.clone()).image(&args.image).within(DEADLINE)
    };
    let targets = sockets.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and ");
    let (job, title) = match from {
        From::Here => return None,
        From::Pod => (there(&facts.namespace), format!("ask {targets} from a pod in namespace {}", facts.namespace)),
        From::Node => {
            // The namespace of the speakers allows host networks.
            let job = there(facts.world.present.namespace()).on_host_network();
            match node(facts) {
                Some(node) => (job.on_node(&node), format!("ask {targets} from the network of node {node}")),
                None => (job, format!("ask {targets} from a node's network")),
            }
        }
    };
    let why = "an answer there shows that kube-proxy passes the address on";
    Some(Step::new(purpose, title, why, vec![job.create()]).for_this_run().or_go_on())
}

/// One that does not announce the address itself, where there is one.
fn node(facts: &Facts) -> Option<String> {
    let announcers = facts.service.iter().flat_map(|service| &service.announcers);
    let announcing: Vec<&str> = announcers.map(|announcer| announcer.node.as_str()).collect();
    let all = speakers(&facts.world.nodes, &facts.world.present);
    let ready: Vec<&str> =
        all.iter().filter(|speaker| speaker.is_ready()).map(|speaker| name(&speaker.node.metadata)).collect();
    ready.iter().find(|node| !announcing.contains(node)).or(ready.first()).map(|node| (*node).to_owned())
}

const SILENCE: &str = "no answer within 5 seconds";

/// Whether nothing at all came back, not even a refusal.
pub fn is_silence(why: &str) -> bool {
    why == SILENCE
}

/// What a pod was told of one address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// In words: an HTTP status, or that the connection was taken.
    Answer(String),
    /// Why there was none.
    Nothing(String),
}

/// Of each address, in the order in which they were asked.
pub fn read<'l>(lines: impl IntoIterator<Item = &'l str>) -> Vec<(SocketAddr, Told)> {
    lines.into_iter().filter_map(line).collect()
}

fn line(line: &str) -> Option<(SocketAddr, Told)> {
    let mut words = line.trim().splitn(3, ' ');
    let socket: SocketAddr = words.next()?.strip_prefix("http://")?.trim_end_matches('/').parse().ok()?;
    let code: i32 = words.next()?.parse().ok()?;
    let said = words.next().unwrap_or_default();
    Some((socket, told(socket, code, said)))
}

fn told(socket: SocketAddr, code: i32, said: &str) -> Told {
    if code == 0 {
        return Told::Answer("HTTP 200".into());
    }
    if said == "TAKEN" {
        return Told::Answer("a connection, and no answer to an HTTP request".into());
    }
    if let Some((_, status)) = said.split_once("server returned error: HTTP/") {
        let status = status.split(' ').nth(1).unwrap_or("error");
        return Told::Answer(format!("HTTP {status}"));
    }
    // A page that leads elsewhere is followed; then it is another host that cannot be reached.
    let own = format!("can't connect to remote host ({})", socket.ip());
    if let Some((_, why)) = said.split_once(&own) {
        return Told::Nothing(lower_case(why.trim_start_matches([':', ' '])));
    }
    if said.contains("can't connect") || said.contains("bad address") {
        return Told::Answer("HTTP, leading to another host".into());
    }
    if said.is_empty() || said.contains("Terminated") || said.contains("timed out") {
        return Told::Nothing(SILENCE.into());
    }
    if said.contains("not found") && code == 127 {
        return Told::Nothing(format!("the image cannot ask: {said}"));
    }
    Told::Answer("a connection, and no HTTP on it".into())
}

fn lower_case(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With a `timeout` that ends as these lines say, one after the other: what the script says, and how long it would have waited each time.
    /// Whether the address takes connections is what the stand-in for `nc` says.
    fn asked(url: &str, tries: &str, takes: bool) -> (String, String) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("tries"), tries).unwrap();
        let stand_ins = r#"
            timeout() {
                [ $2 = nc ] && { shift; "$@"; return; }
                echo $1 >> limits
                turn=$(sed -n "$(wc -l < limits)p" tries)
                echo "${turn#* }"
                return ${turn%% *}
            }
            sleep() { :; }
            nc() { echo nc $* >> limits; $takes; }"#;
        let script = format!("takes={takes}\n{stand_ins}\n{SCRIPT}");
        let words = ["-c", &script, "ask", url];
        let output = std::process::Command::new("sh").args(words).current_dir(folder.path()).output().unwrap();
        (String::from_utf8(output.stdout).unwrap(), std::fs::read_to_string(folder.path().join("limits")).unwrap())
    }

    /// kube-proxy may be a moment behind: what was lost or refused then is asked anew, by another connection.
    #[test]
    fn silence_and_refusal_are_asked_again_and_longer() {
        let refused = "1 wget: can't connect to remote host (172.30.0.200): Connection refused";
        let url = "http://172.30.0.200:80/";
        for (tries, said, limits) in [
            ("0 \n".to_owned(), format!("{url} 0\n"), "2\n"),
            (format!("143 Terminated\n{refused}\n0 \n"), format!("{url} 0\n"), "2\n3\n5\n"),
            ("124 \n0 \n".to_owned(), format!("{url} 0\n"), "2\n3\n"),
            ("143 \n143 \n143 \n".to_owned(), format!("{url} 143\n"), "2\n3\n5\nnc -w 2 172.30.0.200 80\n"),
            (
                "1 wget: server returned error: HTTP/1.1 503 x\n".to_owned(),
                format!("{url} 1 wget: server returned error: HTTP/1.1 503 x\n"),
                "2\n",
            ),
        ] {
            assert_eq!(asked(url, &tries, false), (said, limits.to_owned()), "{tries}");
        }
    }

    #[test]
    fn who_takes_a_connection_and_is_silent_has_answered() {
        let (said, limits) = asked("http://[fd00::7]:53/", "143 \n143 \n143 \n", true);
        assert_eq!(
            (said.as_str(), limits.lines().last()),
            ("http://[fd00::7]:53/ 143 TAKEN\n", Some("nc -w 2 fd00::7 53"))
        );
    }

    #[test]
    fn what_wget_says_is_understood() {
        let told = |said: &str| read([format!("http://172.30.0.200:80/ {said}").as_str()]).remove(0).1;
        let answer = |words: &str| Told::Answer(words.into());
        let nothing = |words: &str| Told::Nothing(words.into());
        for (said, meant) in [
            ("0", answer("HTTP 200")),
            ("1 wget: server returned error: HTTP/1.1 404 Not Found", answer("HTTP 404")),
            ("1 wget: can't connect to remote host (172.30.0.200): Connection refused", nothing("connection refused")),
            (
                "1 wget: can't connect to remote host (192.0.2.9): Connection refused",
                answer("HTTP, leading to another host"),
            ),
            ("1 wget: bad address 'www.example.com'", answer("HTTP, leading to another host")),
            ("1 wget: error getting response", answer("a connection, and no HTTP on it")),
            ("143", nothing("no answer within 5 seconds")),
            ("143 TAKEN", answer("a connection, and no answer to an HTTP request")),
            ("143 Terminated", nothing("no answer within 5 seconds")),
        ] {
            assert_eq!(told(said), meant, "{said}");
        }
        assert_eq!(read(["", "something else"]), []);
        assert_eq!(read(["http://[fd00::7]:80/ 0"])[0].0, "[fd00::7]:80".parse().unwrap());
    }
}
