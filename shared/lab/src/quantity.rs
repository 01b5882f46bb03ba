//! Quantities as `kubectl top` shows them: CPU in thousandths of a core, memory in mebibytes.

use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use kube_quantity::ParsedQuantity;

/// `489668480n` as `490m`; what is no quantity stays as it is.
pub fn cpu(text: &str) -> String {
    // Rounded up, as kubectl does: a container that runs never shows 0m.
    number(text).map_or_else(|| text.to_owned(), |cores| format!("{:.0}m", (cores * 1000.0).ceil()))
}

/// `3538864Ki` as `3455Mi`; what is no quantity stays as it is.
pub fn memory(text: &str) -> String {
    number(text).map_or_else(|| text.to_owned(), |bytes| format!("{:.0}Mi", (bytes / f64::from(1 << 20)).floor()))
}

fn number(text: &str) -> Option<f64> {
    ParsedQuantity::try_from(Quantity(text.to_owned())).ok()?.to_bytes_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_as_kubectl_top() {
        for (text, shown) in
            [("489668480n", "490m"), ("250m", "250m"), ("2", "2000m"), ("1u", "1m"), ("0", "0m"), ("much", "much")]
        {
            assert_eq!(cpu(text), shown, "{text}");
        }
        for (text, shown) in [("3538864Ki", "3455Mi"), ("1Gi", "1024Mi"), ("13410304", "12Mi"), ("", "")] {
            assert_eq!(memory(text), shown, "{text}");
        }
    }
}
