//! What MetalLB and others have said about a Service.

use k8s_openapi::api::core::v1::Event;
use lab::Timestamp;
use lab::harmless::one_line;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    pub reason: String,
    pub message: String,
    pub warning: bool,
    pub at: Option<Timestamp>,
    /// Who said it.
    pub by: String,
}

pub fn read(event: &Event) -> Told {
    let text = |text: &Option<String>| text.as_deref().map(one_line).unwrap_or_default();
    let source = || event.source.as_ref().and_then(|source| source.component.as_deref().map(one_line));
    let series = event.series.as_ref().and_then(|series| series.last_observed_time.as_ref()).map(|time| time.0);
    let last = event.last_timestamp.as_ref().map(|time| time.0);
    let first = event.event_time.as_ref().map(|time| time.0);
    let by = Some(text(&event.reporting_component)).filter(|by| !by.is_empty()).or_else(source);
    Told {
        reason: text(&event.reason),
        message: text(&event.message),
        warning: event.type_.as_deref() == Some("Warning"),
        at: series.or(last).or(first),
        by: by.unwrap_or_default(),
    }
}
