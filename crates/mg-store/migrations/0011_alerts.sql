-- Being told: what happened (alert), whom it is told (delivery), and the messages that tell it.
-- An event is written once, by the statement that finds it; a message is sent at least once.

create table mg.alert (
    id bigint generated always as identity primary key,
    key text not null unique,
    kind text not null check (kind in ('failure', 'deadline', 'stale', 'recovery')),
    dag text not null,
    run_id bigint,
    task text,
    kpi text,
    code text,
    sentence text,
    since timestamptz not null,
    detected_at timestamptz not null default now(),
    check ((kind = 'stale') = (kpi is not null)),
    check ((kind = 'stale') = (run_id is null))
);
comment on table mg.alert is 'What somebody should know: each event once, by its key.';
comment on column mg.alert.dag is 'The DAG; of a KPI the one that brings its data.';
comment on column mg.alert.run_id is 'The run. It may have been taken away since: alerts outlive it.';
comment on column mg.alert.since is 'When the run failed, recovered or was due, or since when the KPI has stood still.';
create index alert_recent on mg.alert (detected_at);
create index alert_kpi on mg.alert (kpi, id) where kpi is not null;

create table mg.alert_lane (
    channel text not null,
    dag text not null,
    next_at timestamptz not null default now(),
    primary key (channel, dag)
);
comment on table mg.alert_lane is 'A channel and a DAG, and when the next message about it may go there at the earliest.';

create table mg.alert_message (
    id uuid primary key default gen_random_uuid(),
    channel text not null,
    dag text not null,
    made_at timestamptz not null default now(),
    attempts integer not null default 0,
    next_try_at timestamptz not null default now(),
    sent_at timestamptz,
    given_up_at timestamptz,
    last_error text,
    check (sent_at is null or given_up_at is null)
);
comment on table mg.alert_message is 'A message to a channel: one event, or a digest of many.';
comment on column mg.alert_message.next_try_at is 'When it may be taken: for the first time, after a failure, or from a process that was lost.';
-- A channel that is down has one message waiting, and what happens meanwhile goes into the next.
create unique index alert_message_open on mg.alert_message (channel, dag)
    where sent_at is null and given_up_at is null;
create index alert_message_made on mg.alert_message (made_at);

create table mg.alert_delivery (
    alert_id bigint not null references mg.alert on delete cascade,
    channel text not null,
    dag text not null,
    message_id uuid references mg.alert_message on delete set null,
    primary key (alert_id, channel)
);
comment on table mg.alert_delivery is 'Which channel is to be told what, and by which message it was.';
create index alert_delivery_waiting on mg.alert_delivery (channel, dag) where message_id is null;
create index alert_delivery_message on mg.alert_delivery (message_id) where message_id is not null;

-- What is to be found stands in indexes that hold nothing else, so that looking costs nothing.
alter table mg.run add column failure_noted_at timestamptz;
comment on column mg.run.failure_noted_at is 'The end of the failure that alerts know of; null again once the run has recovered.';
create index run_failure_new on mg.run (finished_at)
    where state = 'failed' and failure_noted_at is distinct from finished_at;
create index run_recovered on mg.run (id) where state = 'succeeded' and failure_noted_at is not null;
create index run_deadline on mg.run (deadline_at)
    where deadline_missed_at is null and state <> 'cancelled' and (finished_at is null or finished_at > deadline_at);

-- Taking a run away looks for what refers to it.
create index table_write_run on mg.table_write (run_id);
create index reject_run on mg.reject (run_id) where run_id is not null;
create index reject_age on mg.reject (rejected_at);
create index agent_task_run on mg.agent_task (run_id);
