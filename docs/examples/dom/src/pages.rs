//! Which pages to read, and their text.
//!
//! A page that cannot be read is a sentence for the reader and no reason to stop: everything here
//! returns the name and the cause, and leaves it to the caller to go on.

use std::ffi::OsStr;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

/// A page that was left out, and why.
#[derive(Debug)]
pub struct Skipped {
    /// As it was named, or found.
    pub path: PathBuf,
    /// For the reader.
    pub cause: String,
}

impl fmt::Display for Skipped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.cause)
    }
}

/// Lists the pages that a path stands for: the file itself, whatever it is called, or every page in
/// the folder and its folders, sorted by name.
///
/// Inside a folder a link to a file counts as the file. A link to a folder is not followed: it
/// might lead in a circle.
pub fn find(path: &Path) -> Vec<Result<PathBuf, Skipped>> {
    if !path.is_dir() {
        return vec![Ok(path.to_owned())];
    }
    let entries =
        WalkDir::new(path).sort_by_file_name().into_iter().filter_map(|entry| match entry {
            Ok(entry) if is_page_name(entry.path()) => match fs::metadata(entry.path()) {
                Ok(target) => target.is_file().then(|| Ok(entry.into_path())),
                Err(error) => {
                    Some(Err(Skipped { path: entry.into_path(), cause: error.to_string() }))
                }
            },
            Ok(_) => None,
            Err(error) => Some(Err(Skipped {
                path: error.path().unwrap_or(path).to_owned(),
                cause: error.io_error().map_or_else(|| error.to_string(), ToString::to_string),
            })),
        });
    let pages: Vec<_> = entries.collect();
    if pages.is_empty() {
        let cause = String::from("no .html, .htm or .xhtml file in this folder");
        return vec![Err(Skipped { path: path.to_owned(), cause })];
    }
    pages
}

fn is_page_name(path: &Path) -> bool {
    path.extension().and_then(OsStr::to_str).is_some_and(|extension| {
        ["html", "htm", "xhtml"].iter().any(|known| extension.eq_ignore_ascii_case(known))
    })
}

/// Reads a page. It must be UTF-8: to guess at another encoding is a browser's work.
pub fn read(path: &Path) -> Result<String, Skipped> {
    let skipped = |cause| Skipped { path: path.to_owned(), cause };
    let bytes = fs::read(path).map_err(|error| skipped(error.to_string()))?;
    String::from_utf8(bytes).map_err(|error| {
        let position = error.utf8_error().valid_up_to();
        skipped(format!("not UTF-8, from byte {position} on"))
    })
}
