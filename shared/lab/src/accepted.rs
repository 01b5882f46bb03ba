//! Writing what an admission webhook has to accept: the webhook of something that was just installed is often not up when
//! its workload already counts as available, and then the API server turns every write away.

use std::time::Duration;

use lab_plan::{Change, Target};

use crate::error::{Error, Result};
use crate::reader::Reader;
use crate::wait::Deadline;
use crate::writer::{Writer, Written};

/// A webhook that comes up is up within seconds; asking costs one request.
const PAUSE: Duration = Duration::from_millis(500);

/// Writes once the server has accepted the changes in a dry run. What a webhook says no to ends it at once.
pub(crate) async fn write(
    writer: &Writer<'_>,
    reader: &Reader<'_>,
    changes: &[&Change],
    deadline: Deadline,
) -> Result<Written> {
    let rehearsal = writer.rehearsal();
    loop {
        let written = match rehearsal.write(reader, changes).await? {
            Written::Done => writer.write(reader, changes).await?,
            other => other,
        };
        let Written::Unready(why) = written else { return Ok(written) };
        if deadline.is_over() {
            let hint = "if this stays, the API server cannot reach the webhook's pod: look for a firewall or a network plugin between the control plane and the pods";
            return Err(deadline.error(&why).hint(hint));
        }
        reader.progress.wait(&format!("the webhook is not up yet: {why}"));
        tokio::time::sleep(PAUSE.min(deadline.left())).await;
    }
}

pub(crate) fn unready(target: &Target, why: &str) -> Error {
    Error::failed(format!("could not write {target}: {why}"))
        .hint("see whether the webhook's pods run, then run the same command again")
}
