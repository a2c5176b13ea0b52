//! What there is to do in a trial: instants that are due, backfills, launches by hand, tables that
//! change. The time that counts is the database's, which no test can set: schedules are laid back.

use mg_testkit::TestDatabase;

use crate::process::{Process, reached};

/// What has not ended, or should have begun.
const OPEN: &str = "
    select concat_ws(' ', 'run', id, dag, state) from mg.run where finished_at is null
    union all
    select concat_ws(' ', 'schedule', name) from mg.schedule where next_at <= now()
    union all
    select concat_ws(' ', 'trigger', t.dag)
    from mg.data_trigger t join mg.table_change c on c.table_name = any (t.tables)
    left join mg.data_seen s on s.dag = t.dag and s.table_name = c.table_name
    where c.version > coalesce(s.version, 0)";

/// Asks for work.
pub(crate) struct Work<'a> {
    database: &'a TestDatabase,
    asked: u32,
}

impl<'a> Work<'a> {
    /// Begins to ask.
    pub(crate) async fn begin(database: &'a TestDatabase) -> anyhow::Result<Self> {
        let mut work = Self { database, asked: 0 };
        work.ask().await?;
        Ok(work)
    }

    /// Has `trial ask` make a schedule, a backfill of it and a run by hand, and lets five hours of
    /// the schedule be due at once: about a dozen runs.
    pub(crate) async fn ask(&mut self) -> anyhow::Result<()> {
        self.asked += 1;
        let socket = self.database.socket_dir().to_string_lossy().into_owned();
        // Whoever asks may be of either version, whatever the others are.
        let generation = (1 + self.asked % 2).to_string();
        let name = format!("trial-{}", self.asked);
        let mut asking = Process::start(&["ask", &socket, &generation, &name], None)?;
        let schedule = asking.ready().await?;
        asking.end().await?;
        let back = format!(
            "update mg.schedule
             set next_instant = date_trunc('hour', now()) - interval '4 hours', next_at = now() where id = {schedule};
             insert into trial.laid_back
             select id, next_instant from mg.schedule where id = {schedule}"
        );
        self.database.execute("mg_owner", &back)
    }

    /// Waits until all of it has ended.
    pub(crate) async fn done(&self) -> anyhow::Result<()> {
        let left = || self.database.store.texts(OPEN);
        let ended = reached("all work is done", async || Ok(left().await?.is_empty().then_some(()))).await;
        if let Err(error) = ended {
            let left = left().await?;
            return Err(error.context(format!("left undone: {left:#?}")));
        }
        Ok(())
    }
}
