//! Just enough JSON to write a report; a library for it would be the largest part of this program.

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Json {
    Null,
    Text(String),
    List(Vec<Json>),
    Object(Vec<(&'static str, Json)>),
}

impl Json {
    pub fn text(text: impl Into<String>) -> Json {
        Json::Text(text.into())
    }

    pub fn optional(text: Option<impl Into<String>>) -> Json {
        text.map_or(Json::Null, Json::text)
    }

    /// Indented by four spaces, as kubectl does.
    pub fn print(&self) -> String {
        let mut out = String::new();
        self.write(&mut out, 0);
        out.push('\n');
        out
    }

    fn write(&self, out: &mut String, depth: usize) {
        match self {
            Json::Null => out.push_str("null"),
            Json::Text(text) => write_text(out, text),
            Json::List(items) => {
                write_lines(out, depth, ['[', ']'], items, |out, item| item.write(out, depth + 1));
            }
            Json::Object(fields) => write_lines(out, depth, ['{', '}'], fields, |out, (name, value)| {
                write_text(out, name);
                out.push_str(": ");
                value.write(out, depth + 1);
            }),
        }
    }
}

fn write_lines<T>(
    out: &mut String,
    depth: usize,
    [open, close]: [char; 2],
    items: &[T],
    one: impl Fn(&mut String, &T),
) {
    let new_line = |out: &mut String, depth: usize| {
        out.push('\n');
        out.push_str(&"    ".repeat(depth));
    };
    out.push(open);
    for (place, item) in items.iter().enumerate() {
        if place > 0 {
            out.push(',');
        }
        new_line(out, depth + 1);
        one(out, item);
    }
    if !items.is_empty() {
        new_line(out, depth);
    }
    out.push(close);
}

fn write_text(out: &mut String, text: &str) {
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' => out.extend(['\\', letter]),
            _ if letter.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(letter))),
            _ => out.push(letter),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_reader_understands_what_is_written() {
        let odd = "quote \" backslash \\ tab \t escape \u{1b} del \u{7f} ö 𝄞";
        let written = Json::Object(vec![
            ("text", Json::text(odd)),
            ("none", Json::Null),
            ("empty", Json::List(vec![])),
            ("list", Json::List(vec![Json::Object(vec![]), Json::text("x")])),
        ]);
        let read: serde_json::Value = serde_json::from_str(&written.print()).expect("JSON");
        assert_eq!(read, serde_json::json!({"text": odd, "none": null, "empty": [], "list": [{}, "x"]}));
    }

    #[test]
    fn it_is_indented_as_kubectl_does() {
        let written = Json::Object(vec![("a", Json::List(vec![Json::text("b")]))]);
        assert_eq!(written.print(), "{\n    \"a\": [\n        \"b\"\n    ]\n}\n");
    }
}
