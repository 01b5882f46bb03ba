//! Tables as kubectl prints them: upper-case headings, three spaces between columns, no lines.

use comfy_table::{ColumnConstraint, ContentArrangement, Table as Comfy, Width, presets};
use dialoguer::console::measure_text_width;

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

/// So many rows are laid out at a time: what lays them out is many times larger than they are.
const AT_ONCE: usize = 500;
/// Between two columns.
const GAP: u16 = 3;

impl std::fmt::Display for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let widths = self.widths();
        for rows in self.0.chunks(AT_ONCE) {
            laid_out(rows, &widths).lines().try_for_each(|line| writeln!(f, "{}", line.trim_end()))?;
        }
        Ok(())
    }
}

impl Table {
    /// Of the longest cell of each column.
    fn widths(&self) -> Vec<u16> {
        let columns = self.0.first().map_or(0, Vec::len);
        let width = |cell: &String| cell.lines().map(measure_text_width).max().unwrap_or(0);
        let longest = |column: usize| self.0.iter().filter_map(|row| row.get(column)).map(width).max().unwrap_or(0);
        (0..columns).map(|column| u16::try_from(longest(column)).unwrap_or(u16::MAX - GAP)).collect()
    }
}

fn laid_out(rows: &[Vec<String>], widths: &[u16]) -> String {
    let mut table = Comfy::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    for row in rows {
        table.add_row(row);
    }
    for (column, width) in table.column_iter_mut().zip(widths) {
        column.set_padding((0, GAP)).set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(width + GAP)));
    }
    table.trim_fmt()
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
    #[test]
    fn a_long_table_lines_up_from_the_first_row_to_the_last() {
        let mut table = Table::new(["POD", "BAR", "N"]);
        for number in 0..2 * AT_ONCE {
            table.row([format!("pod-{number}"), "█".repeat(number % 3), number.to_string()]);
        }
        table.row(["the-longest-of-all", "", "last"]);
        let text = table.to_string();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 2 * AT_ONCE + 2);
        assert_eq!(lines[0], "POD                  BAR   N");
        assert_eq!(lines[2], "pod-1                █     1");
        assert_eq!(lines[2 * AT_ONCE], "pod-999                    999");
        assert_eq!(lines[2 * AT_ONCE + 1], "the-longest-of-all         last");
    }
}
