//! A circuit breaker: a host that only fails is left alone, tried again by a single request, and given up
//! when that fails too often.

use std::time::Duration;

use tokio::time::Instant;

use super::options::CircuitOptions;

/// However often it opens, it is tried again after this.
const LONGEST_WAIT: Duration = Duration::from_secs(600);

/// The circuit of one host.
#[derive(Debug)]
pub(super) struct Circuit {
    options: CircuitOptions,
    faults: u32,
    openings: u32,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Closed,
    Open(Instant),
    Probing,
    Dead,
}

/// Whether a request may begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Permit {
    /// It may.
    Granted,
    /// Not before this instant.
    After(Instant),
    /// A probe is on its way; what becomes of it decides.
    Undecided,
    /// Never again in this crawl.
    Never,
}

impl Circuit {
    pub(super) fn new(options: CircuitOptions) -> Self {
        Self { options, faults: 0, openings: 0, state: State::Closed }
    }

    /// Whether a request may begin.
    pub(super) fn permit(&self, now: Instant) -> Permit {
        match self.state {
            State::Closed => Permit::Granted,
            State::Open(until) if until <= now => Permit::Granted,
            State::Open(until) => Permit::After(until),
            State::Probing => Permit::Undecided,
            State::Dead => Permit::Never,
        }
    }

    /// A request begins that was granted: the first after an opening is the probe.
    pub(super) fn begin(&mut self) {
        if matches!(self.state, State::Open(_)) {
            self.state = State::Probing;
        }
    }

    /// The host answered.
    pub(super) fn well(&mut self) {
        // An answer to what was asked before the circuit opened does not close it: the probe does.
        if matches!(self.state, State::Closed | State::Probing) {
            self.faults = 0;
            self.openings = 0;
            self.state = State::Closed;
        }
    }

    /// The host did not answer, or with a fault of its own; the time for which it is to be left alone,
    /// if this opens the circuit.
    pub(super) fn fault(&mut self, now: Instant) -> Option<Duration> {
        self.faults += 1;
        let opens = match self.state {
            State::Closed => self.faults >= self.options.faults,
            State::Probing => true,
            State::Open(_) | State::Dead => false,
        };
        if !opens {
            return None;
        }
        self.openings += 1;
        if self.openings >= self.options.openings {
            self.state = State::Dead;
            return None;
        }
        let factor = 2u32.saturating_pow(self.openings - 1);
        let wait = self.options.wait.saturating_mul(factor).min(LONGEST_WAIT);
        self.state = State::Open(now + wait);
        Some(wait)
    }

    /// The request that was begun came to nothing that says anything of the host.
    pub(super) fn withdrawn(&mut self, now: Instant) {
        if self.state == State::Probing {
            self.state = State::Open(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WAIT: Duration = Duration::from_secs(10);

    fn circuit() -> Circuit {
        Circuit::new(CircuitOptions { faults: 3, wait: WAIT, openings: 3 })
    }

    fn open(circuit: &mut Circuit, now: Instant) -> Option<Duration> {
        (0..3).filter_map(|_| circuit.fault(now)).next()
    }

    #[test]
    fn faults_in_a_row_open_it_and_answers_between_do_not() {
        let (mut circuit, now) = (circuit(), Instant::now());
        for _ in 0..9 {
            assert_eq!(circuit.fault(now), None);
            circuit.well();
        }
        assert_eq!(open(&mut circuit, now), Some(WAIT));
        assert_eq!(circuit.permit(now), Permit::After(now + WAIT));
        circuit.well();
        assert_eq!(circuit.permit(now), Permit::After(now + WAIT), "late answers do not close it");
    }

    #[test]
    fn one_probe_decides() {
        let (mut circuit, now) = (circuit(), Instant::now());
        open(&mut circuit, now);
        assert_eq!(circuit.permit(now + WAIT), Permit::Granted);
        circuit.begin();
        assert_eq!(circuit.permit(now + WAIT), Permit::Undecided);
        assert_eq!(circuit.fault(now + WAIT), Some(WAIT * 2));
        circuit.begin();
        circuit.well();
        assert_eq!(circuit.permit(now), Permit::Granted);
        assert_eq!(circuit.fault(now), None);
    }

    #[test]
    fn a_host_that_stays_dead_is_given_up() {
        let (mut circuit, now) = (circuit(), Instant::now());
        open(&mut circuit, now);
        circuit.begin();
        circuit.fault(now);
        circuit.begin();
        assert_eq!(circuit.fault(now), None);
        assert_eq!(circuit.permit(now + WAIT * 100), Permit::Never);
    }
}
