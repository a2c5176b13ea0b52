//! The one thread on which statements are examined.
//!
//! The C library behind `pg_query` asks for it thrice: it keeps a thread-local arena and takes
//! one of the process' thousand-odd thread-specific keys for every thread that ever calls it;
//! it swaps the standard error of the whole process while it parses, so that two parses at
//! once would restore each other's pipe; and decoding its tree takes more than two mebibytes
//! of stack on a deep statement, which is what threads of servers usually have.

use std::panic::{self, AssertUnwindSafe};
use std::sync::LazyLock;
use std::sync::mpsc::{self, Sender};
use std::thread;

/// Over ten times what the deepest tree was seen to take. It is reserved, not used.
const STACK_BYTES: usize = 32 * 1024 * 1024;

type Job = Box<dyn FnOnce() + Send>;

/// Where jobs are handed in; nothing if the thread did not start.
static JOBS: LazyLock<Option<Sender<Job>>> = LazyLock::new(|| {
    let (sender, jobs) = mpsc::channel::<Job>();
    let work = move || {
        for job in jobs {
            // A job that panics sends no answer, and its caller learns of it by that.
            let _ = panic::catch_unwind(AssertUnwindSafe(job));
        }
    };
    thread::Builder::new().name("mg-gate".to_owned()).stack_size(STACK_BYTES).spawn(work).ok().map(|_| sender)
});

/// What `work` yields on that thread, or nothing if it panics or the thread cannot start.
pub(crate) fn run<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let (sender, answer) = mpsc::sync_channel(1);
    let job = move || {
        // Nobody has stopped waiting: the caller's next line is the receipt.
        let _ = sender.send(work());
    };
    JOBS.as_ref()?.send(Box::new(job)).ok()?;
    answer.recv().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_of_one_job_spares_the_next() {
        assert_eq!(run(|| -> u8 { panic!("on purpose") }), None);
        assert_eq!(run(|| 7), Some(7));
    }

    #[test]
    fn all_jobs_run_on_one_thread() {
        let ids: Vec<_> = (0..4)
            .map(|_| thread::spawn(|| run(|| thread::current().id())))
            .map(|handle| handle.join().expect("no panic"))
            .collect();
        assert!(ids[0].is_some() && ids.iter().all(|id| id == &ids[0]), "{ids:?}");
    }
}
