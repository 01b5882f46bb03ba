//! Following what the pods that ask are answered, or asking from this machine; and finding out afterwards what is still open.

use k8s_openapi::api::core::v1::{Node, Pod};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::api::networking::v1::NetworkPolicy;
use lab::here::{Got, Questions, Silence, get_many};
use lab::temporary::Temporary;
use lab::{Error, Followed, Log, Reader, Result, Selection, Timestamp};
use lab_plan::Exit;
use lab_topics::kube_proxy::{self, Mode};
use lab_topics::service::{Balancing, Endpoint, SERVICE_NAME, endpoints};

use crate::args::{Args, From};
use crate::asked::asked;
use crate::event::{Event, Failure, Ground, Outcome, Request};
use crate::facts::Facts;
use crate::job::mark;
use crate::lines::{self, Said, Stream};
use crate::place::{Place, look, places};
use crate::who;

type Tell<'t> = &'t mut dyn FnMut(Event);

pub async fn observe(reader: &Reader<'_>, args: &Args, facts: &Facts, tell: Tell<'_>) -> Result<()> {
    if facts.trouble(args).is_some() {
        return Ok(());
    }
    tell(Event::Ground(ground(reader, facts).await?));
    let places = places(args, facts);
    let mut watch = Watch {
        facts,
        hosts: places
            .iter()
            .map(|place| asked(args, facts, place).map(|asked| asked.host).unwrap_or_default())
            .collect(),
        streams: vec![Stream::default(); places.len()],
        numbers: vec![0; places.len()],
        open: Vec::new(),
        timed_out: false,
    };
    match args.from {
        From::Here => watch.ask_from_here(args, &places, tell).await?,
        From::Pod | From::Node => watch.ask_from_pods(reader, &places, tell).await?,
    }
    watch.afterwards(reader, tell).await
}

/// How kube-proxy hands out connections, and in which zones nodes are, as far as that may be seen.
async fn ground(reader: &Reader<'_>, facts: &Facts) -> Result<Ground> {
    let mut ground = Ground::default();
    if facts.found.service.is_none() {
        return Ok(ground);
    }
    let config = allowed(kube_proxy::gather::configured(reader, &[]).await)?.and_then(|seen| seen.config().ok());
    if let Some(config) = config {
        ground.balancing = if config.mode == Mode::Ipvs { Balancing::RoundRobin } else { Balancing::Random };
        ground.mode = Some(config.mode.to_string());
    }
    if facts.found.endpoints.iter().any(|endpoint| !endpoint.for_zones.is_empty()) {
        let nodes = allowed(reader.list::<Node>(Selection::default()).await)?.unwrap_or_default();
        let zone =
            |node: Node| Some((node.metadata.name?, node.metadata.labels?.get("topology.kubernetes.io/zone")?.clone()));
        ground.zones = nodes.into_iter().filter_map(|seen| zone(seen.object)).collect();
    }
    Ok(ground)
}

/// What may not be seen is unknown, and no failure.
fn allowed<T>(seen: Result<T>) -> Result<Option<T>> {
    match seen {
        Ok(seen) => Ok(Some(seen)),
        Err(error) if error.exit == Exit::Forbidden => Ok(None),
        Err(error) => Err(error),
    }
}

/// An answer of whom nobody knows yet.
struct Open {
    place: usize,
    number: u32,
    text: String,
}

struct Watch<'w> {
    facts: &'w Facts,
    /// Who is asked, by place.
    hosts: Vec<String>,
    /// What came back over one connection, by place.
    streams: Vec<Stream>,
    /// So many requests of that connection are told.
    numbers: Vec<u32>,
    open: Vec<Open>,
    timed_out: bool,
}

impl Watch<'_> {
    async fn ask_from_pods(&mut self, reader: &Reader<'_>, places: &[Place], tell: Tell<'_>) -> Result<()> {
        let jobs: Vec<&Temporary> = (0..places.len()).filter_map(|place| look(self.facts, place)).collect();
        let nodes = |tell: &mut dyn FnMut(Event)| {
            for (place, job) in jobs.iter().enumerate() {
                if let Some(node) = reader.node_of(job) {
                    tell(Event::Placed { place, node });
                }
            }
        };
        nodes(tell);
        let mut each = |place: usize, followed: Followed| match followed {
            Followed::Line(line) if places.get(place).is_some_and(|place| place.keep_alive) => {
                self.kept(place, &line.text, tell);
            }
            Followed::Line(line) => self.fresh(place, &line.text, tell),
            Followed::Over(why) => self.over(place, why, tell),
        };
        reader.follow(&jobs, &mut each).await?;
        nodes(tell);
        Ok(())
    }

    fn fresh(&mut self, place: usize, line: &str, tell: Tell<'_>) {
        match lines::read(line, &self.hosts[place]) {
            Some(Said::Asked { number, took, outcome, text }) => {
                self.request(Request { place, number, took: Some(took), outcome, who: None }, text, tell);
            }
            Some(Said::Skipped(number)) => tell(Event::Skipped { place, number }),
            None => {}
        }
    }

    fn kept(&mut self, place: usize, line: &str, tell: Tell<'_>) {
        for (status, text) in self.streams[place].take(line) {
            self.kept_answer(place, status, text, tell);
        }
    }

    fn kept_answer(&mut self, place: usize, status: u16, text: String, tell: Tell<'_>) {
        self.numbers[place] += 1;
        let number = self.numbers[place];
        self.request(Request { place, number, took: None, outcome: Outcome::Answered(status), who: None }, text, tell);
    }

    fn over(&mut self, place: usize, why: Option<String>, tell: Tell<'_>) {
        if let Some((status, text)) = self.streams[place].end() {
            self.kept_answer(place, status, text, tell);
        }
        let complaint = self.streams[place].complaint.trim();
        let why = why.or_else(|| (!complaint.is_empty()).then(|| lab::harmless::one_line(complaint)));
        tell(Event::Over { place, why });
    }

    fn request(&mut self, mut request: Request, text: String, tell: Tell<'_>) {
        request.who = who::named(&text, &self.facts.found.endpoints).map(str::to_owned);
        match &request.outcome {
            Outcome::Answered(_) if request.who.is_none() => {
                self.open.push(Open { place: request.place, number: request.number, text });
            }
            Outcome::Silent(Failure::TimedOut) => self.timed_out = true,
            _ => {}
        }
        tell(Event::Request(request));
    }

    async fn ask_from_here(&mut self, args: &Args, places: &[Place], tell: Tell<'_>) -> Result<()> {
        for (number, place) in places.iter().enumerate() {
            let Ok(asked) = asked(args, self.facts, place) else { continue };
            let questions = Questions {
                url: &asked.url(),
                headers: &args.header,
                mark: &mark(&self.facts.run, number),
                count: args.count,
                at_once: usize::try_from(args.parallel).unwrap_or(1),
                pause: args.interval,
                patience: args.patience,
                keep_alive: place.keep_alive,
            };
            let outcome = get_many(&questions, &mut |got| self.heard(number, got, tell)).await;
            outcome.map_err(|why| Error::usage("could not ask from this machine").cause(why))?;
            tell(Event::Over { place: number, why: None });
        }
        Ok(())
    }

    fn heard(&mut self, place: usize, got: Got, tell: Tell<'_>) {
        let (outcome, text) = match got.answer {
            Ok((status, text)) => (Outcome::Answered(status), text),
            Err(Silence::UnknownName) => (Outcome::Silent(Failure::UnknownName), String::new()),
            Err(Silence::Refused) => (Outcome::Silent(Failure::Refused), String::new()),
            Err(Silence::TimedOut) => (Outcome::Silent(Failure::TimedOut), String::new()),
            Err(Silence::Other(why)) => (Outcome::Silent(Failure::Other(why)), String::new()),
        };
        self.request(Request { place, number: got.number, took: Some(got.took), outcome, who: None }, text, tell);
    }

    async fn afterwards(mut self, reader: &Reader<'_>, tell: Tell<'_>) -> Result<()> {
        let mut known = self.facts.found.endpoints.clone();
        if let Some(metadata) = self.facts.found.service.as_ref().map(|service| &service.metadata) {
            let labels = format!("{SERVICE_NAME}={}", metadata.name.as_deref().unwrap_or_default());
            let namespace = metadata.namespace.as_deref().unwrap_or_default();
            let slices = reader.list::<EndpointSlice>(Selection::in_namespace(namespace).labels(&labels)).await?;
            let after = endpoints(slices.iter().map(|seen| &seen.object));
            let new = after.iter().filter(|one| known.iter().all(|other| other.name() != one.name()));
            let new: Vec<Endpoint> = new.cloned().collect();
            known.extend(new);
            tell(Event::After(after));
            if self.timed_out {
                let policies = reader.list_if_served::<NetworkPolicy>(Selection::in_namespace(namespace)).await;
                let names = allowed(policies)?.flatten().unwrap_or_default().into_iter();
                tell(Event::Policies(names.filter_map(|seen| seen.object.metadata.name).collect()));
            }
        }
        // Pods that came meanwhile are known by now.
        self.open.retain(|open| match who::named(&open.text, &known) {
            Some(name) => {
                tell(Event::Identified { place: open.place, number: open.number, who: name.to_owned() });
                false
            }
            None => true,
        });
        if self.open.is_empty() { Ok(()) } else { self.by_logs(reader, &known, tell).await }
    }

    /// Requests name themselves to the server, and many servers write that down.
    async fn by_logs(&self, reader: &Reader<'_>, known: &[Endpoint], tell: Tell<'_>) -> Result<()> {
        const MOST: usize = 50;
        const BEFORE: i64 = 60;
        let since = Timestamp::from_second(self.facts.now.as_second() - BEFORE).unwrap_or(self.facts.now);
        let mut silent = None;
        for pod in known.iter().filter_map(|endpoint| endpoint.pod.as_deref()).take(MOST) {
            let found = self.facts.found.pods.iter().find(|found| found.metadata.name.as_deref() == Some(pod));
            let Some(found) = found else { continue };
            for line in self.log_of(reader, found, since, &mut silent).await? {
                let Some((place, number)) = who::marked(&line, &self.facts.run) else { continue };
                if self.open.iter().any(|open| (open.place, open.number) == (place, number)) {
                    tell(Event::Identified { place, number, who: pod.to_owned() });
                }
            }
        }
        if let Some(why) = silent {
            tell(Event::LogsSilent(why));
        }
        Ok(())
    }

    async fn log_of(
        &self,
        reader: &Reader<'_>,
        pod: &Pod,
        since: Timestamp,
        silent: &mut Option<String>,
    ) -> Result<Vec<String>> {
        let name = pod.metadata.name.as_deref().unwrap_or_default();
        let namespace = pod.metadata.namespace.as_deref().unwrap_or_default();
        let mut lines = Vec::new();
        for container in pod.spec.iter().flat_map(|spec| &spec.containers) {
            match allowed(reader.lines_since(namespace, name, &container.name, since).await)? {
                Some(Log::Lines(more)) => lines.extend(more.into_iter().map(|line| line.text)),
                Some(Log::Unreadable(why)) => *silent = Some(format!("the log of pod {name} could not be read: {why}")),
                None => *silent = Some(format!("reading the log of pod {name} needs the right get pods/log")),
            }
        }
        Ok(lines)
    }
}
