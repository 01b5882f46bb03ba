//! The nodes: which may announce, and what keeps the others from it.

use lab::Table;
use serde::Serialize;

use crate::chain::World;
use crate::resources::name;
use crate::speakers::speakers;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Node {
    name: String,
    /// Its speaker pod.
    #[serde(skip_serializing_if = "Option::is_none")]
    speaker: Option<String>,
    /// It may, where an advertisement selects it.
    pub announces: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    why_not: Option<String>,
}

pub fn nodes(world: &World) -> Vec<Node> {
    let all = speakers(&world.nodes, &world.present);
    let row = |speaker: &crate::speakers::Speaker<'_>| Node {
        name: speaker.name().to_owned(),
        speaker: speaker.pod.map(|pod| name(&pod.metadata).to_owned()),
        announces: speaker.obstacle.is_none(),
        why_not: speaker.obstacle.as_ref().map(crate::speakers::Obstacle::words),
    };
    all.iter().map(row).collect()
}

pub fn table(nodes: &[Node]) -> String {
    let mut table = Table::new(["NODE", "SPEAKER", "ANNOUNCES"]);
    for node in nodes {
        let announces = node.why_not.as_ref().map_or_else(|| "yes".to_owned(), |why| format!("no: {why}"));
        table.row([node.name.as_str(), node.speaker.as_deref().unwrap_or("<none>"), &announces]);
    }
    table.to_string()
}
