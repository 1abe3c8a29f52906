//! A panic hook for Miri.

/// Makes panics print their message only. Does nothing except under Miri.
///
/// A panic during another panic prints a backtrace whatever the environment contains. Miri takes
/// minutes for that.
pub fn print_no_backtraces() {
    #[cfg(miri)]
    {
        static ONCE: std::sync::Once = std::sync::Once::new();
        ONCE.call_once(|| std::panic::set_hook(Box::new(|info| eprintln!("{info}"))));
    }
}
