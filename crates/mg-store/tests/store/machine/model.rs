//! What the books should say, reckoned the plain way: a few tasks in memory, all looked at anew
//! after each step.

use mg_store::run::TriggerRule;

/// How often a task is begun when its workers are lost.
const BEGUN_AT_MOST: i32 = 3;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Job,
    Branch,
    Map,
}

#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) kind: Kind,
    pub(super) rule: TriggerRule,
    pub(super) retries: i32,
    /// The task before it, and the branch it must choose.
    pub(super) after: Vec<(usize, Option<&'static str>)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Blocked,
    Ready,
    Running,
    Mapped,
    Succeeded,
    Failed,
    Cancelled,
    Skipped(&'static str),
}

/// A task, or an instance of a map.
#[derive(Debug, Clone)]
pub(super) struct Step {
    pub(super) state: State,
    pub(super) attempt: i32,
    failures: i32,
    losses: i32,
    chose: Option<&'static str>,
}

/// A place in the model: a task, or an instance of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Place(pub(super) usize, pub(super) Option<usize>);

pub(super) struct Model {
    nodes: Vec<Node>,
    steps: Vec<Step>,
    instances: Vec<Vec<Step>>,
    pub(super) run: &'static str,
}

impl State {
    pub(super) fn is_ended(self) -> bool {
        !matches!(self, State::Blocked | State::Ready | State::Running | State::Mapped)
    }

    fn is_failed(self) -> bool {
        matches!(self, State::Failed | State::Cancelled | State::Skipped("upstream_failed"))
    }

    fn text(self) -> String {
        match self {
            State::Skipped(why) => format!("skipped {why}"),
            other => format!("{other:?}").to_lowercase(),
        }
    }
}

impl Step {
    fn new(state: State) -> Self {
        Self { state, attempt: 0, failures: 0, losses: 0, chose: None }
    }

    fn clear(&mut self, state: State) {
        *self = Self { attempt: self.attempt, ..Self::new(state) };
    }
}

impl Model {
    pub(super) fn new(nodes: &[Node]) -> Self {
        let steps = nodes.iter().map(|_| Step::new(State::Blocked)).collect();
        let instances = nodes.iter().map(|_| Vec::new()).collect();
        let mut model = Self { nodes: nodes.to_vec(), steps, instances, run: "queued" };
        model.settle();
        model
    }

    pub(super) fn name(place: Place) -> String {
        match place {
            Place(node, None) => format!("t{node}"),
            Place(node, Some(index)) => format!("t{node}[{index}]"),
        }
    }

    pub(super) fn kind(&self, place: Place) -> Kind {
        if place.1.is_some() { Kind::Job } else { self.nodes[place.0].kind }
    }

    pub(super) fn places(&self) -> Vec<Place> {
        let nodes = (0..self.steps.len()).map(|node| Place(node, None));
        let instances = self.instances.iter().enumerate();
        let instances = instances.flat_map(|(node, all)| (0..all.len()).map(move |at| Place(node, Some(at))));
        nodes.chain(instances).collect()
    }

    pub(super) fn step(&self, place: Place) -> &Step {
        match place.1 {
            None => &self.steps[place.0],
            Some(index) => &self.instances[place.0][index],
        }
    }

    fn step_mut(&mut self, place: Place) -> &mut Step {
        match place.1 {
            None => &mut self.steps[place.0],
            Some(index) => &mut self.instances[place.0][index],
        }
    }

    pub(super) fn ready(&self) -> Vec<Place> {
        self.places().into_iter().filter(|place| self.step(*place).state == State::Ready).collect()
    }

    /// All tasks as the books should have them, by name.
    pub(super) fn texts(&self) -> Vec<String> {
        let text = |place: Place| format!("{} {}", Self::name(place), self.step(place).state.text());
        let mut texts: Vec<String> = self.places().into_iter().map(text).collect();
        texts.sort();
        texts
    }

    pub(super) fn claim(&mut self, place: Place) {
        let step = self.step_mut(place);
        step.state = State::Running;
        step.attempt += 1;
        self.run = "running";
    }

    /// Whether this attempt is the one that counts.
    pub(super) fn counts(&self, place: Place, attempt: i32) -> bool {
        let there = place.1.is_none_or(|index| index < self.instances[place.0].len());
        there && self.step(place).state == State::Running && self.step(place).attempt == attempt
    }

    pub(super) fn complete(&mut self, place: Place, chose: Option<&'static str>) {
        let step = self.step_mut(place);
        step.state = State::Succeeded;
        step.chose = chose;
        self.settle();
    }

    pub(super) fn spread(&mut self, place: Place, width: usize) {
        self.steps[place.0].state = State::Mapped;
        let instances = &mut self.instances[place.0];
        instances.truncate(width);
        for instance in instances.iter_mut() {
            instance.clear(State::Ready);
        }
        instances.resize_with(width, || Step::new(State::Ready));
        self.settle();
    }

    pub(super) fn fail(&mut self, place: Place, may_retry: bool) {
        let retries = self.nodes[place.0].retries;
        let step = self.step_mut(place);
        let again = may_retry && step.failures < retries;
        step.failures += 1;
        step.state = if again { State::Ready } else { State::Failed };
        self.settle();
    }

    pub(super) fn hand_back(&mut self, place: Place) {
        self.step_mut(place).state = State::Ready;
    }

    /// Every worker is lost.
    pub(super) fn lose_all(&mut self) {
        for place in self.places() {
            let step = self.step_mut(place);
            if step.state == State::Running {
                step.losses += 1;
                step.state = if step.losses < BEGUN_AT_MOST { State::Ready } else { State::Failed };
            }
        }
        self.settle();
    }

    pub(super) fn cancel_run(&mut self) {
        if self.is_ended() {
            return;
        }
        for place in self.places() {
            let step = self.step_mut(place);
            if !step.state.is_ended() {
                step.state = State::Cancelled;
            }
        }
        self.run = "cancelled";
    }

    /// Ends a task by hand; whether that changed anything.
    pub(super) fn mark(&mut self, place: Place, to: State) -> bool {
        let state = self.step(place).state;
        if state == to || (to == State::Cancelled && state.is_ended()) {
            return false;
        }
        if place.1.is_none() {
            for instance in &mut self.instances[place.0] {
                if !instance.state.is_ended() {
                    instance.state = State::Cancelled;
                }
            }
        }
        let step = self.step_mut(place);
        step.state = to;
        step.chose = None;
        let followers = self.followers(&[Place(place.0, None)]);
        let skipped =
            followers.into_iter().filter(|place| matches!(self.step(*place).state, State::Skipped(_)));
        self.clear(&skipped.collect::<Vec<_>>());
        if place.1.is_some() {
            let map = &mut self.steps[place.0];
            if map.state.is_ended() && !matches!(map.state, State::Skipped(_)) {
                map.state = State::Mapped;
            }
        }
        self.reopen();
        true
    }

    /// Clears what `is_chosen` and what follows it; whether there was anything.
    pub(super) fn rerun(&mut self, is_chosen: impl Fn(&Self, Place) -> bool) -> bool {
        let first: Vec<Place> = self.places().into_iter().filter(|place| is_chosen(self, *place)).collect();
        let mut chosen = first.clone();
        chosen.extend(first.iter().map(|place| Place(place.0, None)));
        chosen.extend(self.followers(&chosen));
        chosen.sort();
        chosen.dedup();
        if chosen.is_empty() {
            return false;
        }
        self.clear(&chosen);
        self.reopen();
        true
    }

    fn followers(&self, of: &[Place]) -> Vec<Place> {
        let mut found = vec![false; self.nodes.len()];
        // Tasks come after those they wait for, so one pass is enough.
        for node in 0..self.nodes.len() {
            found[node] = self.nodes[node]
                .after
                .iter()
                .any(|(before, _)| found[*before] || of.contains(&Place(*before, None)));
        }
        (0..self.nodes.len()).filter(|node| found[*node]).map(|node| Place(node, None)).collect()
    }

    fn clear(&mut self, chosen: &[Place]) {
        for &place in chosen {
            let has_chosen_instance =
                place.1.is_none() && chosen.iter().any(|other| other.0 == place.0 && other.1.is_some());
            if place.1.is_none() && !has_chosen_instance {
                for instance in &mut self.instances[place.0] {
                    instance.state = State::Skipped("not_chosen");
                }
            }
            let state = match place.1 {
                Some(_) => State::Ready,
                None if has_chosen_instance => State::Mapped,
                None => State::Blocked,
            };
            self.step_mut(place).clear(state);
        }
    }

    fn reopen(&mut self) {
        if self.is_ended() {
            self.run = "running";
        }
        self.settle();
    }

    fn is_ended(&self) -> bool {
        !matches!(self.run, "queued" | "running")
    }

    fn settle(&mut self) {
        let mut changed = true;
        while changed {
            changed = false;
            for node in 0..self.nodes.len() {
                let next = match self.steps[node].state {
                    State::Mapped => self.fate_of_map(node),
                    State::Blocked => self.fate(node),
                    _ => None,
                };
                if let Some(next) = next {
                    self.steps[node].state = next;
                    changed = true;
                }
            }
        }
        if !self.is_ended() && self.places().into_iter().all(|place| self.step(place).state.is_ended()) {
            let failed = |step: &Step| matches!(step.state, State::Failed | State::Cancelled);
            self.run = if self.steps.iter().any(failed) { "failed" } else { "succeeded" };
        }
    }

    fn fate_of_map(&self, node: usize) -> Option<State> {
        let instances = &self.instances[node];
        if !instances.iter().all(|instance| instance.state.is_ended()) {
            return None;
        }
        let failed = |step: &Step| matches!(step.state, State::Failed | State::Cancelled);
        Some(if instances.iter().any(failed) { State::Failed } else { State::Succeeded })
    }

    fn fate(&self, node: usize) -> Option<State> {
        let Node { rule, after, .. } = &self.nodes[node];
        if after.is_empty() {
            return Some(State::Ready);
        }
        let (mut open, mut failed, mut succeeded, mut passed) = (0, 0, 0, 0);
        for (before, branch) in after {
            let step = &self.steps[*before];
            let follows = branch.is_none_or(|branch| step.chose == Some(branch));
            match step.state {
                state if !state.is_ended() => open += 1,
                state if state.is_failed() => failed += 1,
                State::Succeeded if follows => succeeded += 1,
                _ => passed += 1,
            }
        }
        let upstream_failed = State::Skipped("upstream_failed");
        match rule {
            TriggerRule::AllSucceeded if failed > 0 => Some(upstream_failed),
            TriggerRule::AllSucceeded if open > 0 => None,
            TriggerRule::AllSucceeded if passed > 0 => Some(State::Skipped("not_chosen")),
            TriggerRule::AllSucceeded => Some(State::Ready),
            TriggerRule::AllDone => (open == 0).then_some(State::Ready),
            TriggerRule::OneFailed if failed > 0 => Some(State::Ready),
            TriggerRule::OneFailed => (open == 0).then_some(State::Skipped("rule")),
            TriggerRule::OneSucceeded if succeeded > 0 => Some(State::Ready),
            TriggerRule::OneSucceeded if open > 0 => None,
            TriggerRule::OneSucceeded if failed > 0 => Some(upstream_failed),
            TriggerRule::OneSucceeded => Some(State::Skipped("not_chosen")),
            TriggerRule::NoneFailed if failed > 0 => Some(upstream_failed),
            TriggerRule::NoneFailed => (open == 0).then_some(State::Ready),
        }
    }
}
