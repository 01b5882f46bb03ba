//! What the project's own commands share. Nothing in here needs Linux: releases are packed on other systems too.

pub mod built;
pub mod cache;
pub mod say;
pub mod tool;
