//! The whole life of a permit, and what each edition knows of it.
//!
//! An edition of month M tells what was known by the end of the month before. A permit
//! appears some months after it was authorised, its site's opening and its end later still.
//! In the twelve months after the authorisation, each edition revises a third of the rows.

use chrono::{Days, Months, NaiveDate};
use mg_core::{Grain, Period};

use super::{Etat, List, Permit};
use crate::dice::Dice;

/// Editions after the authorisation in which a row may be revised at random.
const REVISED_FOR: u32 = 12;
/// How likely a recent row is to differ from one edition to the next.
const REVISED_SHARE: f64 = 1.0 / 3.0;

/// Something that happens to a permit, and the first edition that knows.
#[derive(Debug, Clone, Copy)]
struct Event {
    on: NaiveDate,
    known: Period,
}

/// A permit from its authorisation to its end.
pub(super) struct Life {
    /// As the first edition that has it tells it.
    first: Permit,
    /// The first edition that has it.
    appears: Period,
    opening: Option<Event>,
    end: Option<Event>,
    cancelled: Option<Event>,
    /// Editions that correct a figure.
    corrected: Vec<Period>,
    /// What the corrections are drawn from.
    seed: u64,
}

impl Life {
    /// Draws what becomes of `first`, a permit of `list` that has just been authorised.
    pub(super) fn draw(seed: u64, list: List, mut first: Permit) -> Self {
        let dice = &mut Dice::of(seed, &format!("life of {} {}", first.type_dau, first.num_dau), 0);
        let authorised = Period::holding(Grain::Month, first.autorisation);
        let appears = authorised.plus(1 + lag(dice, 0.55));
        first.notice.autorisation = appears.minus(1);
        first.notice.derniere = appears.minus(1);
        let revised: Vec<Period> = (1..=REVISED_FOR)
            .map(|months| authorised.plus(months))
            .filter(|edition| edition.since(appears) > 0 && dice.chance(REVISED_SHARE))
            .collect();

        let fate = Fate::draw(dice, list, &first);
        let told = |dice: &mut Dice, on: NaiveDate| {
            let earliest = Period::holding(Grain::Month, on).plus(1);
            let known = known(dice, earliest, appears, authorised.plus(REVISED_FOR), &revised);
            Event { on, known }
        };
        let opening = fate.opening.map(|on| told(dice, on));
        let cancelled = fate.cancelled.map(|on| told(dice, on));
        let end = fate.end.zip(opening).map(|(on, opening)| {
            let known = Period::holding(Grain::Month, on).plus(1 + lag(dice, 0.25));
            Event { on, known: later(known, opening.known) }
        });

        let told_then = [opening, cancelled].map(|event| event.map(|event| event.known));
        let corrected = revised.into_iter().filter(|edition| !told_then.contains(&Some(*edition))).collect();
        Self { first, appears, opening, end, cancelled, corrected, seed }
    }

    /// What `edition` tells of it; nothing when it does not know it yet.
    pub(super) fn in_edition(&self, edition: Period) -> Option<Permit> {
        let known = |event: &Event| edition.since(event.known) >= 0;
        if edition.since(self.appears) < 0 {
            return None;
        }
        let mut permit = self.first.clone();
        for &month in self.corrected.iter().filter(|month| edition.since(**month) >= 0) {
            let name = format!("correction of {} {} in {month}", permit.type_dau, permit.num_dau);
            correct(&mut permit, &mut Dice::of(self.seed, &name, 0));
            note(&mut permit, month);
        }
        if let Some(opening) = self.opening.filter(known) {
            permit.ouverture = Some(opening.on);
            permit.notice.ouverture = Some(opening.known.minus(1));
            permit.etat = Etat::Commence;
            note(&mut permit, opening.known);
        }
        if let Some(end) = self.end.filter(known) {
            permit.achevement = Some(end.on);
            permit.etat = Etat::Termine;
            note(&mut permit, end.known);
        }
        if let Some(cancelled) = self.cancelled.filter(known) {
            permit.etat = Etat::Annule;
            note(&mut permit, cancelled.known);
        }
        Some(permit)
    }
}

/// What happens on the ground, whoever knows of it.
#[derive(Default)]
struct Fate {
    opening: Option<NaiveDate>,
    end: Option<NaiveDate>,
    cancelled: Option<NaiveDate>,
}

impl Fate {
    fn draw(dice: &mut Dice, list: List, permit: &Permit) -> Self {
        let months = |dice: &mut Dice, from: NaiveDate, low: i64, high: i64| {
            let day = dice.between(0, 27).unsigned_abs();
            let months = dice.between(low, high).unsigned_abs() as u32;
            (from + Months::new(months)).checked_add_days(Days::new(day)).unwrap_or(from)
        };
        if dice.chance(0.06) {
            let cancelled = Some(months(dice, permit.autorisation, 2, 20));
            return Self { cancelled, ..Self::default() };
        }
        // Of demolitions nothing later is published; of one permit in eight nothing is heard.
        if list == List::Demolir || dice.chance(0.12) {
            return Self::default();
        }
        let opening = months(dice, permit.autorisation, 3, 17);
        let long = permit.programme.dwellings() > 5;
        let end = dice.chance(0.8).then(|| months(dice, opening, if long { 18 } else { 12 }, 35));
        Self { opening: Some(opening), end, cancelled: None }
    }
}

/// The first edition that knows of something that `earliest` could know. While a row is
/// recent, that is one of the editions that revise it; later, any, with a lag.
fn known(dice: &mut Dice, earliest: Period, appears: Period, recent: Period, revised: &[Period]) -> Period {
    let next = revised.iter().copied().find(|edition| edition.since(earliest) >= 0);
    next.unwrap_or_else(|| later(later(earliest, recent.plus(1)), appears).plus(lag(dice, 0.35)))
}

/// A lag in months: none with probability `at_once`, then ever rarer, at most eighteen.
fn lag(dice: &mut Dice, at_once: f64) -> u32 {
    let mut months = 0;
    while months < 18 && !dice.chance(at_once) {
        months += 1;
    }
    months
}

/// A small correction to what `permit` builds; never none.
fn correct(permit: &mut Permit, dice: &mut Dice) {
    if permit.programme.dwellings() > 0 {
        permit.programme.correct(dice);
    } else if permit.premises.usage > 0 {
        permit.premises.correct(dice);
    } else {
        permit.site.land_m2 += dice.between(2, 40);
    }
}

fn later(one: Period, other: Period) -> Period {
    if one.since(other) >= 0 { one } else { other }
}

/// Notes that `edition` is the last to have brought news of `permit`.
fn note(permit: &mut Permit, edition: Period) {
    permit.notice.derniere = later(permit.notice.derniere, edition.minus(1));
}
