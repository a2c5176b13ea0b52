//! Three schedulers and four workers; one of each has a wrong clock.

use std::path::PathBuf;

use anyhow::{Context, ensure};
use mg_testkit::TestDatabase;
use rand::RngExt;
use rand::rngs::StdRng;

use crate::blows::Blow;
use crate::clock;
use crate::process::{Process, reached};

const SCHEDULERS: usize = 3;
const WORKERS: usize = 4;

/// The processes, at their places: schedulers first.
pub(crate) struct Fleet<'a> {
    database: &'a TestDatabase,
    clock: Option<PathBuf>,
    members: Vec<Member>,
    /// How many were started.
    started: usize,
}

struct Member {
    process: Process,
    name: String,
    generation: u32,
}

impl<'a> Fleet<'a> {
    /// Starts them all, of the first generation, and waits until they are at work.
    pub(crate) async fn start(database: &'a TestDatabase) -> anyhow::Result<Self> {
        let clock = clock::build(database.folder())?;
        let mut fleet = Self { database, clock, members: Vec::new(), started: 0 };
        for place in 0..SCHEDULERS + WORKERS {
            let mut member = fleet.begin(place, 1)?;
            let told = member.process.ready().await?;
            let off = told - fleet.database.store.now().await?.timestamp();
            let expected = if fleet.has_wrong_clock(place) { clock::FAST_BY } else { 0 };
            ensure!((off - expected).abs() < 60, "the clock of {} is off by {off} s", member.name);
            fleet.members.push(member);
        }
        Ok(fleet)
    }

    /// Deals a blow, and sees to it that all places are taken again.
    pub(crate) async fn strike(&mut self, blow: Blow, random: &mut StdRng) -> anyhow::Result<()> {
        let (scheduler, worker) =
            (random.random_range(0..SCHEDULERS), SCHEDULERS + random.random_range(0..WORKERS));
        match blow {
            Blow::KillScheduler => self.kill(scheduler).await?,
            Blow::KillWorker => self.kill(worker).await?,
            Blow::StopScheduler => self.stop_for_a_while(scheduler, random).await?,
            Blow::StopWorker => self.stop_until_lost(worker).await?,
            Blow::EndSessions => self.end_sessions()?,
            Blow::RestartPostgres => self.database.restart().await?,
            Blow::ReplaceScheduler => self.replace(scheduler).await?,
            Blow::ReplaceWorker => self.replace(worker).await?,
        }
        for member in &mut self.members {
            ensure!(member.process.is_alive()?, "{} has ended by itself", member.name);
        }
        Ok(())
    }

    /// Lets the next generation take all places that are not taken by it.
    pub(crate) async fn renew_all(&mut self) -> anyhow::Result<()> {
        for place in 0..self.members.len() {
            if self.members[place].generation == 1 {
                self.replace(place).await?;
            }
        }
        Ok(())
    }

    /// Ends all in order.
    pub(crate) async fn stop(self) -> anyhow::Result<()> {
        for Member { process, name, .. } in self.members {
            process.terminate().await.with_context(|| name)?;
        }
        let workers = self.database.store.workers().await?;
        let lost = workers.iter().filter(|worker| worker.running > 0).count();
        ensure!(lost == 0, "workers that are gone execute something: {workers:?}");
        Ok(())
    }

    fn has_wrong_clock(&self, place: usize) -> bool {
        self.clock.is_some() && (place == 0 || place == SCHEDULERS)
    }

    fn begin(&mut self, place: usize, generation: u32) -> anyhow::Result<Member> {
        self.started += 1;
        let role = if place < SCHEDULERS { "schedule" } else { "work" };
        let name = format!("{role} {}", self.started);
        let socket = self.database.socket_dir().to_string_lossy().into_owned();
        let clock = self.clock.as_deref().filter(|_| self.has_wrong_clock(place));
        let generation_text = generation.to_string();
        let mut arguments = vec![role, &socket, &generation_text];
        if role == "work" {
            arguments.push(&name);
        }
        Ok(Member { process: Process::start(&arguments, clock)?, name, generation })
    }

    /// Puts a new process of that generation in the place, and gives the old one.
    fn put(&mut self, place: usize, generation: u32) -> anyhow::Result<Member> {
        let new = self.begin(place, generation)?;
        Ok(std::mem::replace(&mut self.members[place], new))
    }

    async fn kill(&mut self, place: usize) -> anyhow::Result<()> {
        let old = self.put(place, self.members[place].generation)?;
        old.process.signal("KILL").await?;
        let code = old.process.end().await?;
        ensure!(code.is_none(), "{} was to be killed, and ended with {code:?}", old.name);
        Ok(())
    }

    /// In order: it hands back what it does, and the next generation comes.
    async fn replace(&mut self, place: usize) -> anyhow::Result<()> {
        let old = self.put(place, 2)?;
        old.process.terminate().await.with_context(|| old.name)
    }

    /// Past its lease: the others have given it up when it comes back.
    async fn stop_until_lost(&mut self, place: usize) -> anyhow::Result<()> {
        // One that is not known yet cannot be given up.
        let Member { name, .. } = &self.members[place];
        let is_known = async |known: bool| {
            let workers = self.database.store.workers().await?;
            Ok((workers.iter().any(|worker| worker.name == *name) == known).then_some(()))
        };
        reached("the worker is known", async || is_known(true).await).await?;
        self.members[place].process.signal("STOP").await?;
        reached("the worker is given up", async || is_known(false).await).await?;
        self.members[place].process.signal("CONT").await
    }

    /// Whatever it holds it holds for a while; meanwhile another is killed.
    async fn stop_for_a_while(&mut self, place: usize, random: &mut StdRng) -> anyhow::Result<()> {
        self.members[place].process.signal("STOP").await?;
        let other = SCHEDULERS + random.random_range(0..WORKERS);
        self.kill(other).await?;
        self.members[place].process.signal("CONT").await
    }

    /// As an administrator does it, or a pooler that lets go.
    fn end_sessions(&self) -> anyhow::Result<()> {
        let end = "select pg_terminate_backend(pid) from pg_stat_activity
                   where usename = 'mg_writer' and application_name <> 'psql' and random() < 0.7";
        self.database.execute("mg_super", end)
    }
}
