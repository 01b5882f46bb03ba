//! A terminal's output as the lines that a person sees in the end.

/// Plays text, carriage returns, line feeds and the few escapes that prompts and progress bars use.
pub fn shown(output: &str) -> String {
    let mut screen = Screen::default();
    let mut rest = output.chars();
    while let Some(letter) = rest.next() {
        match letter {
            '\n' => screen.down(1),
            '\r' => screen.column = 0,
            '\u{8}' => screen.column = screen.column.saturating_sub(1),
            '\u{1b}' => screen.escape(&mut rest),
            '\u{7}' => {}
            letter => screen.put(letter),
        }
    }
    let mut lines: Vec<String> =
        screen.lines.iter().map(|line| line.iter().collect::<String>().trim_end().to_owned()).collect();
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}

struct Screen {
    lines: Vec<Vec<char>>,
    row: usize,
    column: usize,
    /// What is behind the page that a program has put before it.
    behind: Option<(Vec<Vec<char>>, usize, usize)>,
}

impl Default for Screen {
    fn default() -> Screen {
        Screen { lines: vec![Vec::new()], row: 0, column: 0, behind: None }
    }
}

impl Screen {
    fn put(&mut self, letter: char) {
        let line = &mut self.lines[self.row];
        if line.len() <= self.column {
            line.resize(self.column + 1, ' ');
        }
        line[self.column] = letter;
        self.column += 1;
    }

    fn down(&mut self, rows: usize) {
        self.row += rows;
        if self.lines.len() <= self.row {
            self.lines.resize(self.row + 1, Vec::new());
        }
    }

    fn escape(&mut self, rest: &mut std::str::Chars<'_>) {
        if rest.next() != Some('[') {
            return;
        }
        let mut number = String::new();
        let last = rest.find(|letter| {
            number.push(*letter);
            letter.is_ascii_alphabetic()
        });
        let count = number.trim_end_matches(|letter: char| !letter.is_ascii_digit()).parse().ok();
        match last {
            Some('A') => self.row = self.row.saturating_sub(count.unwrap_or(1)),
            Some('B') => self.down(count.unwrap_or(1)),
            Some('C') => self.column += count.unwrap_or(1),
            Some('D') => self.column = self.column.saturating_sub(count.unwrap_or(1)),
            Some('G') => self.column = count.unwrap_or(1) - 1,
            Some('H') => self.go_to(&number),
            Some('h') if number.starts_with("?1049") => self.leave(),
            Some('l') if number.starts_with("?1049") => self.come_back(),
            Some('J') if count == Some(2) => self.lines.iter_mut().for_each(Vec::clear),
            Some('K') => self.erase(count.unwrap_or(0)),
            Some('J') => {
                self.lines.truncate(self.row + 1);
                self.erase(0);
            }
            // Colours, and showing or hiding the cursor.
            _ => {}
        }
    }

    /// `row;column`, both from 1.
    fn go_to(&mut self, place: &str) {
        let mut numbers = place.trim_end_matches('H').split(';').map(|number| number.parse().unwrap_or(1_usize));
        self.row = 0;
        self.down(numbers.next().unwrap_or(1).saturating_sub(1));
        self.column = numbers.next().unwrap_or(1).saturating_sub(1);
    }

    /// A page of the program's own is put before what was there.
    fn leave(&mut self) {
        let lines = std::mem::replace(&mut self.lines, vec![Vec::new()]);
        self.behind = Some((lines, self.row, self.column));
        (self.row, self.column) = (0, 0);
    }

    fn come_back(&mut self) {
        if let Some((lines, row, column)) = self.behind.take() {
            (self.lines, self.row, self.column) = (lines, row, column);
        }
    }

    fn erase(&mut self, what: usize) {
        let line = &mut self.lines[self.row];
        match what {
            0 => line.truncate(self.column),
            1 => line.iter_mut().take(self.column).for_each(|letter| *letter = ' '),
            _ => line.clear(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_what_is_left_of_a_prompt_that_draws_itself_anew() {
        let output = "plan\r\n? go on [y/n] \r\u{1b}[2K\u{1b}[32mgo on\u{1b}[0m: yes\r\ndone\r\n";
        assert_eq!(shown(output), "plan\ngo on: yes\ndone\n");
    }

    #[test]
    fn a_page_before_what_was_there_is_gone_when_it_is_taken_away() {
        let page = "before\r\n\u{1b}[?1049h\u{1b}[2J\u{1b}[2;3Hx\u{1b}[1;1Hpage";
        assert_eq!(shown(page), "page\n  x\n");
        assert_eq!(shown(&format!("{page}\u{1b}[?1049lafter")), "before\nafter\n");
    }

    #[test]
    fn a_progress_bar_leaves_its_last_state() {
        assert_eq!(shown("\r1/3\u{1b}[K\r2/3\u{1b}[K\r\u{1b}[Kall\n"), "all\n");
        assert_eq!(shown("a\r\nb\r\n\u{1b}[2A\u{1b}[Jc\r\n"), "c\n");
    }
}
