-- Who asked what: one line a call, chained by hash, appended and never changed.

create table mg.audit (
    seq bigint primary key,
    at timestamptz not null,
    principal text not null,
    token bigint,
    role text not null,
    scope text not null,
    face text not null,
    tool text not null,
    fingerprint text,
    request text,
    rows bigint,
    bytes bigint,
    duration_us bigint not null,
    outcome text not null,
    hash bytea not null check (length(hash) = 32)
);
comment on table mg.audit is 'One line a call of an agent. The hash covers the line and the hash before it; no cell value is kept.';
comment on column mg.audit.seq is 'Place in the chain, from 1 on without a gap.';
comment on column mg.audit.request is 'The SQL of run_sql and explain_query, the arguments of other tools; cut when long.';
comment on column mg.audit.fingerprint is 'Hash of the SQL''s shape: the same for queries that differ in constants alone.';
comment on column mg.audit.outcome is 'ok, or the code of what went wrong.';
comment on column mg.audit.hash is 'SHA-256 of the hash before and of this line''s columns.';
create index audit_at on mg.audit (at);

-- What retention has taken away: the chain is verified from here on.
create table mg.audit_anchor (
    only_one boolean primary key default true check (only_one),
    seq bigint not null,
    hash bytea not null
);
comment on table mg.audit_anchor is 'Last line that retention removed, and its hash: where verification begins.';
insert into mg.audit_anchor (seq, hash) values (0, sha256('mg.audit'));

-- Without it, taking away the last lines would leave a chain that holds.
create table mg.audit_head (
    only_one boolean primary key default true check (only_one),
    seq bigint not null,
    hash bytea not null
);
comment on table mg.audit_head is 'The last line that was appended, and its hash.';
insert into mg.audit_head (seq, hash) select seq, hash from mg.audit_anchor;

create function mg.audit_is_append_only() returns trigger language plpgsql as $refuse$
begin
    if coalesce(current_setting('mg.audit_pruning', true), '') = 'on' and tg_op = 'DELETE' then
        return null;
    end if;
    raise exception 'the audit is append-only' using errcode = 'insufficient_privilege';
end
$refuse$;
create trigger audit_append_only before update or delete or truncate on mg.audit
    for each statement execute function mg.audit_is_append_only();

-- Retention: takes away the lines before `before`, oldest first and never the last one, and
-- moves the anchor. Lines younger than a week stay, whoever asks.
create function mg.prune_audit(before timestamptz) returns bigint
    language plpgsql security definer set search_path = pg_catalog, pg_temp
as $prune$
declare
    edge mg.audit;
    removed bigint;
begin
    perform pg_advisory_xact_lock(x'6d675f6175646974'::bigint);
    select * into edge from mg.audit a
    where a.seq < (select min(b.seq) from mg.audit b
                   where b.at >= least(before, clock_timestamp() - interval '7 days'))
    order by a.seq desc limit 1;
    if edge is null then
        return 0;
    end if;
    perform set_config('mg.audit_pruning', 'on', true);
    delete from mg.audit where seq <= edge.seq;
    get diagnostics removed = row_count;
    perform set_config('mg.audit_pruning', 'off', true);
    update mg.audit_anchor set seq = edge.seq, hash = edge.hash;
    return removed;
end
$prune$;
revoke execute on function mg.prune_audit(timestamptz) from public;
