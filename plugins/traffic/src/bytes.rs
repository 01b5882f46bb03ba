//! Numbers of bytes for people, as kubectl writes quantities: 1Ki is 1024.

const UNITS: [&str; 6] = ["", "Ki", "Mi", "Gi", "Ti", "Pi"];

/// Three digits at least where there are units: `987`, `1.21Ki`, `34.5Mi`, `120Gi`.
pub fn bytes(number: f64) -> String {
    let mut number = number.max(0.0);
    let mut unit = 0;
    while number >= 999.5 && unit + 1 < UNITS.len() {
        number /= 1024.0;
        unit += 1;
    }
    let digits = match number {
        _ if unit == 0 => 0,
        n if n < 9.995 => 2,
        n if n < 99.95 => 1,
        _ => 0,
    };
    format!("{number:.digits$}{}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_of_the_nearest_unit() {
        for (number, text) in [
            (0.0, "0"),
            (0.4, "0"),
            (987.0, "987"),
            (1000.0, "0.98Ki"),
            (1239.0, "1.21Ki"),
            (36_175_872.0, "34.5Mi"),
            (128_849_018_880.0, "120Gi"),
            (-1.0, "0"),
        ] {
            assert_eq!(bytes(number), text, "{number}");
        }
    }
}
