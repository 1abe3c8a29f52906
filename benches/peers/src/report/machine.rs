//! Where the figures come from.

use std::fs;
use std::process::Command;

use crate::peers;

/// The processor, the cores, the compiler and how busy it all was.
pub fn describe() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let mut parts = vec![format!("{cores} cores of {}", processor())];
    parts.extend(compiler());
    parts.extend(load());
    parts.join(", ")
}

fn processor() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    model.map_or(std::env::consts::ARCH, |(_, name)| name.trim()).to_owned()
}

fn compiler() -> Option<String> {
    let output = Command::new("rustc").arg("--version").output().ok()?;
    let words = String::from_utf8(output.stdout).ok()?;
    Some(words.split(" (").next()?.trim().to_owned())
}

/// Other programs slow this one down even where their time is not counted: they share the memory
/// and its caches.
fn load() -> Option<String> {
    let load = fs::read_to_string("/proc/loadavg").ok()?;
    Some(format!("load {} at the start", load.split(' ').next()?))
}

/// The releases of the peers, from the lock file.
pub fn versions() -> String {
    let lock = include_str!("../../Cargo.lock");
    let packages = lock.split("[[package]]").filter_map(|package| {
        let field = |name: &str| {
            package.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(" = "))
        };
        let name = field("name")?.trim_matches('"');
        let version = field("version")?.trim_matches('"');
        peers::NAMES.contains(&name).then(|| format!("{name} {version}"))
    });
    format!("Releases: {}.", packages.collect::<Vec<_>>().join(", "))
}
