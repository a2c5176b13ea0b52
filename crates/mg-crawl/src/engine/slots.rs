//! The instants that were booked at a host, and are still to be used.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

/// An instant that was not used is given up after this, or after its gap where that is longer: else a crawl
/// that paused would make up for it by a volley, and would not hear that the host is to be left alone.
const USABLE: Duration = Duration::from_millis(250);
/// Timers are no finer than a millisecond. Where gaps are short, what is due meanwhile begins together.
const EXACT_FROM: Duration = Duration::from_millis(10);

/// Booked instants of one host.
#[derive(Debug, Default)]
pub(super) struct Slots {
    blocks: VecDeque<Block>,
    last: Option<Instant>,
}

#[derive(Debug)]
struct Block {
    next: Instant,
    left: u32,
    gap: Duration,
}

/// What there is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slot {
    /// An instant that has come; it is used up by this.
    Now,
    /// One that will come.
    At(Instant),
    /// None: some are to be booked.
    None,
}

impl Slots {
    /// Takes in what was booked.
    pub(super) fn add(&mut self, first: Instant, count: u32, gap: Duration) {
        self.blocks.push_back(Block { next: first, left: count, gap });
    }

    /// Forgets what was booked: the host is to be left alone.
    pub(super) fn clear(&mut self) {
        self.blocks.clear();
    }

    /// How many are left.
    pub(super) fn left(&self) -> usize {
        self.blocks.iter().map(|block| block.left as usize).sum()
    }

    /// Uses the first, if it has come and `gap` has passed since the last.
    pub(super) fn take(&mut self, now: Instant, gap: Duration) -> Slot {
        self.drop_stale(now);
        let Some(block) = self.blocks.front_mut() else {
            return Slot::None;
        };
        let spaced = self.last.filter(|_| gap >= EXACT_FROM).map(|last| last + gap);
        let at = spaced.map_or(block.next, |spaced| spaced.max(block.next));
        if at > now {
            return Slot::At(at);
        }
        block.next += block.gap;
        block.left -= 1;
        self.last = Some(now);
        Slot::Now
    }

    fn drop_stale(&mut self, now: Instant) {
        while let Some(block) = self.blocks.front_mut() {
            if block.left == 0 {
                self.blocks.pop_front();
            } else if block.next + USABLE.max(block.gap) < now {
                block.left -= 1;
                block.next += block.gap;
            } else {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GAP: Duration = Duration::from_millis(500);

    #[test]
    fn instants_are_used_in_turn() {
        let (mut slots, start) = (Slots::default(), Instant::now());
        assert_eq!(slots.take(start, GAP), Slot::None);
        slots.add(start, 2, GAP);
        assert_eq!(slots.take(start, GAP), Slot::Now);
        assert_eq!(slots.take(start, GAP), Slot::At(start + GAP));
        assert_eq!(slots.take(start + GAP, GAP), Slot::Now);
        assert_eq!(slots.take(start + GAP, GAP), Slot::None);
    }

    #[test]
    fn a_gap_that_grew_is_kept() {
        let (mut slots, start) = (Slots::default(), Instant::now());
        slots.add(start, 5, GAP);
        assert_eq!(slots.take(start, GAP), Slot::Now);
        assert_eq!(slots.take(start + GAP, GAP * 3), Slot::At(start + GAP * 3));
    }

    #[test]
    fn what_was_missed_is_not_made_up_for() {
        let (mut slots, start) = (Slots::default(), Instant::now());
        slots.add(start, 10, GAP);
        let late = start + GAP * 8 + GAP / 2;
        assert_eq!(slots.take(late, GAP), Slot::Now);
        assert!(matches!(slots.take(late, GAP), Slot::At(at) if at == late + GAP));
        slots.add(start, 4, Duration::ZERO);
        assert_eq!(slots.take(start + GAP * 40, GAP), Slot::None);
    }

    #[test]
    fn short_gaps_come_together_after_a_coarse_timer() {
        let (mut slots, start) = (Slots::default(), Instant::now());
        let gap = Duration::from_micros(200);
        slots.add(start, 20, gap);
        let woken = start + Duration::from_millis(1);
        let begun = (0..20).filter(|_| slots.take(woken, gap) == Slot::Now).count();
        assert_eq!(begun, 6);
    }
}
