//! Finalizers that wait, when a thread of its own collects.

use std::sync::Mutex;
use std::sync::mpsc::channel;

use recyc::sync::Background;

use super::kind::{Config, Event, configure, on_collection, run_finalizers};
use super::model::{File, Log, alone};

#[test]
fn a_background_thread_calls_no_finalizer_that_waits() {
    alone(|| {
        let (ended, has_ended) = channel();
        let ended = Mutex::new(ended);
        let callback = on_collection(move |event| {
            if let Event::Stop { report, .. } = event {
                _ = ended.lock().unwrap().send((report.captured, std::thread::current().id()));
            }
        });
        let config = Config::default()
            .with_finalize_on_demand(true)
            .with_young_threshold(40)
            .with_adaptive(false);
        configure(config).unwrap();
        let background = Background::start().unwrap();
        let log = Log::default();
        (0..200).for_each(|number| drop(File::knot(&log, number)));
        let (captured, thread) = has_ended.recv().unwrap();
        assert!(captured > 0);
        assert!(thread != std::thread::current().id());
        drop(background);
        assert_eq!((log.finalized().len(), log.destroyed()), (0, 0));
        run_finalizers().expect("finalizers wait");
        drop(callback);
        assert_eq!((log.finalized().len(), log.destroyed()), (200, 200));
    });
}
