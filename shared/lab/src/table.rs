//! Tables as kubectl prints them: upper-case headings, three spaces between columns, no lines.

use comfy_table::{ContentArrangement, Table as Comfy, presets};

#[derive(Clone, Debug)]
pub struct Table(Vec<Vec<String>>);

impl Table {
    pub fn new<const N: usize>(headings: [&str; N]) -> Table {
        Table::with_headings(headings)
    }

    /// With as many columns as were asked for.
    pub fn with_headings<'h>(headings: impl IntoIterator<Item = &'h str>) -> Table {
        Table(vec![headings.into_iter().map(str::to_owned).collect()])
    }

    pub fn row(&mut self, cells: impl IntoIterator<Item = impl Into<String>>) {
        // What comes from the cluster must not break the line.
        self.0.push(cells.into_iter().map(|cell| crate::harmless::harmless(&cell.into())).collect());
    }

    pub fn is_empty(&self) -> bool {
        self.0.len() < 2
    }
}

impl std::fmt::Display for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut table = Comfy::new();
        table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
        for row in &self.0 {
            table.add_row(row);
        }
        for column in table.column_iter_mut() {
            column.set_padding((0, 3));
        }
        table.trim_fmt().lines().try_for_each(|line| writeln!(f, "{}", line.trim_end()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_without_trailing_space() {
        let mut table = Table::new(["NODE", "CPU", "MEMORY"]);
        table.row(["lab-1", "250m", "900Mi"]);
        table.row(["a-much-longer-name", "", "1Gi"]);
        assert_eq!(
            table.to_string(),
            "NODE                 CPU    MEMORY\nlab-1                250m   900Mi\na-much-longer-name          1Gi\n"
        );
    }
}
