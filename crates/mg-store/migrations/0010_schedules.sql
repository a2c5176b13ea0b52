-- When DAGs run by themselves: schedules with their history, what they left out, backfills, and what
-- DAGs that wait for data have seen.

create table mg.schedule (
    id bigint generated always as identity primary key,
    name text not null,
    dag text not null,
    origin text not null check (origin in ('code', 'request')),
    version integer not null default 1,
    definition jsonb not null,
    parameters jsonb not null default '{}',
    made_by text not null,
    made_at timestamptz not null default now(),
    paused_by text,
    paused_at timestamptz,
    removed_by text,
    removed_at timestamptz,
    next_instant timestamptz,
    next_at timestamptz,
    last_instant timestamptz,
    check ((paused_by is null) = (paused_at is null)),
    check ((removed_by is null) = (removed_at is null)),
    check ((next_instant is null) = (next_at is null)),
    check (removed_at is null or next_at is null)
);
comment on table mg.schedule is
    'Timetables: of DAGs, as their code says, and made by request. Removed ones stay, for the runs that they made.';
comment on column mg.schedule.definition is 'The timetable as JSON: cron expression, zone and rules.';
comment on column mg.schedule.next_instant is 'The instant that is taken next; null when none is left.';
comment on column mg.schedule.next_at is 'When it is taken: the instant, put off by the jitter.';
comment on column mg.schedule.last_instant is 'The last instant that was taken, whether it got a run or not.';
create unique index schedule_name on mg.schedule (origin, name) where removed_at is null;
create index schedule_due on mg.schedule (next_at) where paused_at is null and next_at is not null;

create table mg.schedule_change (
    id bigint generated always as identity primary key,
    schedule_id bigint not null references mg.schedule,
    what text not null check (what in ('made', 'changed', 'paused', 'resumed', 'removed')),
    version integer not null,
    definition jsonb not null,
    parameters jsonb not null,
    by text not null,
    at timestamptz not null default now()
);
comment on table mg.schedule_change is 'What became of a schedule, by whom, and what it said from then on.';
create index schedule_change_schedule on mg.schedule_change (schedule_id, id);

create table mg.schedule_skip (
    id bigint generated always as identity primary key,
    schedule_id bigint not null references mg.schedule,
    first_instant timestamptz not null,
    last_instant timestamptz not null,
    why text not null check (why in ('overlap', 'missed', 'too_old', 'changed', 'unplannable')),
    detail text,
    at timestamptz not null default now(),
    check (first_instant <= last_instant)
);
comment on table mg.schedule_skip is 'Instants of a schedule that got no run, from the first to the last, and why.';
create index schedule_skip_schedule on mg.schedule_skip (schedule_id, id desc);

create table mg.backfill (
    id bigint generated always as identity primary key,
    schedule_id bigint not null references mg.schedule,
    first_instant timestamptz not null,
    last_instant timestamptz not null,
    width integer not null check (width > 0),
    made_by text not null,
    made_at timestamptz not null default now(),
    cancelled_by text,
    cancelled_at timestamptz,
    check (first_instant <= last_instant),
    check ((cancelled_by is null) = (cancelled_at is null))
);
comment on table mg.backfill is 'Ranges of instants that are made up for, some runs at a time.';

create table mg.data_trigger (
    dag text primary key,
    tables text[] not null check (cardinality(tables) > 0),
    rule text not null check (rule in ('any', 'all'))
);
comment on table mg.data_trigger is 'DAGs that start when tables changed: which, and whether one of them is enough.';

create table mg.data_seen (
    dag text not null references mg.data_trigger on delete cascade,
    table_name text not null,
    version bigint not null,
    primary key (dag, table_name)
);
comment on table mg.data_seen is 'How often a table had been written when the DAG that waits for it last started.';

alter table mg.run
    add constraint run_schedule_fkey foreign key (schedule_id) references mg.schedule,
    add constraint run_backfill_fkey foreign key (backfill_id) references mg.backfill;
create index run_waiting on mg.run (schedule_id, instant) where state = 'waiting';
