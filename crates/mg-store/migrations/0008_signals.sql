-- What other processes need to hear at once: that a token changed, that data changed.
-- One notice a transaction; the payload names what changed and holds no value.

create function mg.signal() returns trigger
    language plpgsql security definer set search_path = pg_catalog, pg_temp
as $signal$
begin
    perform pg_notify(tg_argv[0], tg_table_name);
    return null;
end
$signal$;
revoke execute on function mg.signal() from public;

create trigger token_changed
    after insert or delete or update of role, hash, expires_at, revoked_at, communes, previous_hash, previous_until
    on mg.token for each statement execute function mg.signal('mg_tokens');
create trigger data_changed after insert or update or delete or truncate
    on analytics.edition for each statement execute function mg.signal('mg_data');
create trigger data_changed after insert or update or delete or truncate
    on kpi.definition for each statement execute function mg.signal('mg_data');
create trigger data_changed after insert or update or delete or truncate
    on kpi.value for each statement execute function mg.signal('mg_data');
create trigger data_changed after insert or update or delete or truncate
    on kpi.forecast for each statement execute function mg.signal('mg_data');
create trigger data_changed after insert or update or delete or truncate
    on analytics.dim_commune for each statement execute function mg.signal('mg_data');
