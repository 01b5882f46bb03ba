//! Looking: MetalLB as it is, and the Services that have its addresses.

use lab::{Reader, Result};

use crate::present::{self, Present};
use crate::services::{self, LoadBalancer};

#[derive(Clone, Debug)]
pub struct Facts {
    pub present: Present,
    /// Those of type LoadBalancer.
    pub services: Vec<LoadBalancer>,
    /// This run has done its part already.
    pub wrote: bool,
}

pub async fn gather(reader: &Reader<'_>) -> Result<Facts> {
    let present = present::look_at_work(reader).await?;
    Ok(Facts { services: services::list(reader, None, None).await?, wrote: reader.has_written(), present })
}
