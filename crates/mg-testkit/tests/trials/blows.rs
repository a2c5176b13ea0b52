//! What befalls the processes of a trial.

use rand::rngs::StdRng;
use rand::seq::SliceRandom;

/// A blow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Blow {
    /// SIGKILL.
    KillScheduler,
    /// SIGKILL.
    KillWorker,
    /// SIGSTOP, and SIGCONT after a while.
    StopScheduler,
    /// SIGSTOP, and SIGCONT once it was given up for lost.
    StopWorker,
    /// Sessions of processes are ended by Postgres.
    EndSessions,
    /// Postgres is started anew.
    RestartPostgres,
    /// SIGTERM, and a process of the next version.
    ReplaceScheduler,
    /// SIGTERM, and a process of the next version.
    ReplaceWorker,
}

impl Blow {
    /// A round of them: those that come often in life several times.
    const ROUND: [Blow; 13] = [
        Blow::KillScheduler,
        Blow::KillScheduler,
        Blow::KillWorker,
        Blow::KillWorker,
        Blow::KillWorker,
        Blow::StopScheduler,
        Blow::StopWorker,
        Blow::StopWorker,
        Blow::EndSessions,
        Blow::EndSessions,
        Blow::RestartPostgres,
        Blow::ReplaceScheduler,
        Blow::ReplaceWorker,
    ];

    /// A round in an order that chance gives.
    pub(crate) fn all_shuffled(random: &mut StdRng) -> Vec<Blow> {
        let mut round = Self::ROUND.to_vec();
        round.shuffle(random);
        round
    }
}
