//! What goes along when a Namespace or a CustomResourceDefinition is deleted, and whose it is.

mod inventory;
mod refusal;
mod usual;

pub use inventory::{Foreign, Inventory};
pub use refusal::{CASCADE, refusal};
pub use usual::is_nobodys;

use lab_plan::Target;

/// Whether deleting it takes others along, which may be somebody else's.
pub fn holds_others(target: &Target) -> bool {
    matches!(target.kind.as_str(), "Namespace" | "CustomResourceDefinition")
}
