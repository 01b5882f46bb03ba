//! Everything that is only true if a real cluster says so.

/// `kubectl lab metrics-fix`: the states that it mends.
mod metrics_fix_mends;
