-- Runs that someone ended before their time, and launches that are not doubled.

alter table mg.run
    drop constraint run_state_check,
    drop constraint run_check,
    add column cancelled_by text,
    add column launch_key text,
    add constraint run_state_check
        check (state in ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
    add constraint run_check
        check ((state in ('succeeded', 'failed', 'cancelled')) = (finished_at is not null)),
    add constraint run_cancelled_by_check check ((state = 'cancelled') = (cancelled_by is not null));
comment on column mg.run.cancelled_by is 'The principal that ended the run before its time.';
comment on column mg.run.launch_key is 'What was asked for, where the same must not be asked for twice at a time.';

-- Of two that ask for the same at the same time, one gets the other's run.
create unique index run_live_launch on mg.run (launch_key)
    where finished_at is null and launch_key is not null;

alter table mg.task
    drop constraint task_state_check,
    drop constraint task_check,
    add constraint task_state_check
        check (state in ('blocked', 'ready', 'running', 'succeeded', 'failed', 'skipped', 'cancelled')),
    add constraint task_check
        check ((state in ('succeeded', 'failed', 'skipped', 'cancelled')) = (finished_at is not null));
