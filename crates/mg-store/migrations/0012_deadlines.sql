-- A deadline counts from when a run may begin: one that waits for another has none yet, and one that
-- is done once more has a new one. So the run keeps its length.
alter table mg.run add column deadline_ms bigint check (deadline_ms > 0);
comment on column mg.run.deadline_ms is
    'How long after it may begin the run should have ended, milliseconds; deadline_at says when that is.';
update mg.run set deadline_ms = greatest(1, extract(epoch from deadline_at - created_at) * 1000)::bigint
where deadline_at is not null;
update mg.run set deadline_at = null where state = 'waiting';
