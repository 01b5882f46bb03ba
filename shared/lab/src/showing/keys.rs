//! What is typed at a live screen. The terminal hands over Ctrl-C as a key like any other then.

use crossterm::event::{Event, EventStream, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use futures::StreamExt as _;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Left {
    Quit,
    Interrupted,
}

/// Waits for the key that ends it; `on_resize` draws what is there in the new size.
pub(super) async fn until_left(mut on_resize: impl FnMut()) -> Left {
    let mut events = EventStream::new();
    loop {
        match events.next().await {
            Some(Ok(Event::Resize(_, _))) => on_resize(),
            Some(Ok(Event::Key(key))) => {
                if let Some(left) = meaning(key) {
                    return left;
                }
            }
            Some(Ok(_)) => {}
            // Nobody can type anything any more: the terminal has gone, and a hang-up ends the program.
            Some(Err(_)) | None => std::future::pending().await,
        }
    }
}

fn meaning(key: KeyEvent) -> Option<Left> {
    let is_control = key.modifiers.contains(KeyModifiers::CONTROL);
    match key.code {
        _ if key.kind == KeyEventKind::Release => None,
        KeyCode::Char('c') if is_control => Some(Left::Interrupted),
        KeyCode::Char('q' | 'Q') if !is_control => Some(Left::Quit),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn q_is_enough_and_control_c_an_interruption() {
        let key = |code, modifiers| meaning(KeyEvent::new(code, modifiers));
        assert_eq!(key(KeyCode::Char('q'), KeyModifiers::NONE), Some(Left::Quit));
        assert_eq!(key(KeyCode::Char('c'), KeyModifiers::CONTROL), Some(Left::Interrupted));
        assert_eq!(key(KeyCode::Char('c'), KeyModifiers::NONE), None);
        assert_eq!(key(KeyCode::Enter, KeyModifiers::NONE), None);
    }
}
