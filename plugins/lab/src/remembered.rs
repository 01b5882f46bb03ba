//! What verbs said of themselves, kept in the user's cache folder. Losing it costs some milliseconds and nothing else.

use std::env;
use std::fs;
use std::io;
use std::path::Path;
use std::path::PathBuf;
use std::time::UNIX_EPOCH;

/// The first line of the file. Another first line means another format, which is not read.
const HEADER: &str = "kubectl-lab descriptions 1";

/// What a file is known by. A new build or release always differs in it, even at equal length and time of day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity(String);

#[derive(Debug, Default, PartialEq, Eq)]
pub struct Memory {
    lines: Vec<Line>,
}

#[derive(Debug, PartialEq, Eq)]
struct Line {
    path: PathBuf,
    identity: Identity,
    text: String,
}

impl Identity {
    pub fn of(path: &Path) -> Option<Identity> {
        let facts = fs::metadata(path).ok()?;
        let modified = facts.modified().ok()?.duration_since(UNIX_EPOCH).ok()?.as_nanos();
        Some(Identity(format!("{}-{modified}{}", facts.len(), system_identity(&facts))))
    }
}

/// The inode's own time of change, which no tool can set back as `cp -p` or an archive sets the time of modification.
#[cfg(unix)]
fn system_identity(facts: &fs::Metadata) -> String {
    use std::os::unix::fs::MetadataExt;
    format!("-{}-{}-{}.{}", facts.dev(), facts.ino(), facts.ctime(), facts.ctime_nsec())
}

#[cfg(not(unix))]
fn system_identity(_facts: &fs::Metadata) -> String {
    String::new()
}

impl Memory {
    pub fn says(&self, path: &Path, identity: &Identity) -> Option<&str> {
        let line = self.lines.iter().find(|line| line.path == path && line.identity == *identity)?;
        Some(&line.text)
    }

    pub fn keep(&mut self, path: &Path, identity: &Identity, text: &str) {
        self.lines.retain(|line| line.path != path);
        self.lines.push(Line { path: path.to_owned(), identity: identity.clone(), text: text.to_owned() });
    }

    fn parse(text: &str) -> Memory {
        let mut lines = text.lines();
        if lines.next() != Some(HEADER) {
            return Memory::default();
        }
        let line = |line: &str| {
            let [identity, path, text] = line.splitn(3, '\t').collect::<Vec<_>>().try_into().ok()?;
            Some(Line { path: path.into(), identity: Identity(identity.to_owned()), text: text.to_owned() })
        };
        Memory { lines: lines.filter_map(line).collect() }
    }

    /// Files that are gone (krew removes the old version's folder) are forgotten.
    fn print(&self) -> String {
        let lines = self.lines.iter().filter(|line| line.path.exists()).filter_map(|line| {
            // A path that cannot be written as one field is not remembered.
            let path = line.path.to_str().filter(|path| !path.contains(['\t', '\n', '\r']))?;
            Some(format!("{}\t{path}\t{}\n", line.identity.0, line.text))
        });
        [format!("{HEADER}\n")].into_iter().chain(lines).collect()
    }
}

/// Nothing where the user has no cache folder.
pub fn place() -> Option<PathBuf> {
    let absolute = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let cache = if cfg!(windows) {
        absolute("LOCALAPPDATA")
    } else {
        absolute("XDG_CACHE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".cache")))
    };
    Some(cache?.join("kubectl-lab").join("descriptions"))
}

pub fn read(place: &Path) -> Memory {
    fs::read_to_string(place).map(|text| Memory::parse(&text)).unwrap_or_default()
}

/// In one piece, so that a list that runs at the same time reads the old or the new memory, never half of one.
pub fn write(place: &Path, memory: &Memory) -> io::Result<()> {
    let folder = place.parent().ok_or(io::ErrorKind::NotFound)?;
    fs::create_dir_all(folder)?;
    let draft = place.with_extension(std::process::id().to_string());
    fs::write(&draft, memory.print()).and_then(|()| fs::rename(&draft, place)).inspect_err(|_| {
        let _ = fs::remove_file(&draft);
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(text: &str) -> Identity {
        Identity(text.to_owned())
    }

    /// Two files that exist, and a memory of them.
    fn memory() -> (tempfile::TempDir, [PathBuf; 2], Memory) {
        let folder = tempfile::tempdir().expect("a folder");
        let files = ["a", "b"].map(|name| folder.path().join(name));
        files.iter().for_each(|file| fs::write(file, "").expect("a file"));
        let mut memory = Memory::default();
        memory.keep(&files[0], &identity("1"), "About a");
        memory.keep(&files[1], &identity("2"), "");
        (folder, files, memory)
    }

    #[test]
    fn what_is_written_is_read_again() {
        let (folder, _, memory) = memory();
        let place = folder.path().join("cache/kubectl-lab/descriptions");
        write(&place, &memory).expect("written");
        assert_eq!(read(&place), memory);
        let left: Vec<_> = place.parent().expect("a folder").read_dir().expect("a list").collect();
        assert_eq!(left.len(), 1, "no draft is left behind");
    }

    #[test]
    fn another_identity_is_another_file() {
        let (_folder, [a, _], memory) = memory();
        assert_eq!(memory.says(&a, &identity("1")), Some("About a"));
        assert_eq!(memory.says(&a, &identity("2")), None);
        assert_eq!(memory.says(Path::new("/lab/c"), &identity("1")), None);
    }

    #[test]
    fn a_new_answer_takes_the_place_of_the_old_one() {
        let (_folder, [a, _], mut memory) = memory();
        memory.keep(&a, &identity("3"), "New");
        assert_eq!(memory.lines.len(), 2);
        assert_eq!(memory.says(&a, &identity("3")), Some("New"));
    }

    #[test]
    fn files_that_are_gone_are_forgotten() {
        let (_folder, [a, b], memory) = memory();
        fs::remove_file(&a).expect("removed");
        let read = Memory::parse(&memory.print());
        assert_eq!(read.lines.iter().map(|line| &line.path).collect::<Vec<_>>(), [&b]);
    }

    #[test]
    fn a_file_of_another_format_or_with_broken_lines_is_harmless() {
        assert_eq!(Memory::parse("something else\n1\t/lab/a\tAbout\n"), Memory::default());
        assert_eq!(Memory::parse(&format!("{HEADER}\nnonsense\n1\t/lab/a\n")), Memory::default());
        assert_eq!(Memory::parse(""), Memory::default());
    }
}
