-- What a read-only transaction does not stop, taken from everyone but the owner and the
-- writer. Needs a superuser, because pg_catalog's functions belong to one. Idempotent.
-- Why each: set_config forges settings; sleeping and advisory locks hold others up;
-- the signals end other people's work; the rest reads settings, files or logs of the server.

do $lockdown$
declare
    routine regprocedure;
    -- A server of the user's has no login named mg_owner.
    trusted text := (
        select string_agg(quote_ident(rolname), ', ')
        from pg_catalog.pg_roles
        where rolname in ('mg_owner', 'mg_writer')
            or oid = (select datdba from pg_catalog.pg_database where datname = current_database())
    );
begin
    for routine in
        select p.oid::regprocedure
        from pg_catalog.pg_proc p
        join pg_catalog.pg_namespace n on n.oid = p.pronamespace
        where n.nspname = 'pg_catalog'
          and (
              p.proname in (
                  'set_config', 'pg_sleep', 'pg_sleep_for', 'pg_sleep_until', 'pg_notify',
                  'pg_terminate_backend', 'pg_cancel_backend', 'pg_reload_conf',
                  'pg_export_snapshot', 'pg_current_logfile', 'pg_logical_emit_message',
                  'query_to_xml', 'query_to_xmlschema', 'query_to_xml_and_xmlschema',
                  'cursor_to_xml', 'cursor_to_xmlschema', 'ts_stat', 'ts_rewrite',
                  'lo_create', 'lo_creat', 'lo_open', 'lo_unlink', 'lo_from_bytea', 'lo_put',
                  'lo_get', 'loread', 'lowrite', 'lo_truncate', 'lo_truncate64'
              )
              or p.proname like 'pg\_advisory\_%'
              or p.proname like 'pg\_try\_advisory\_%'
          )
          and p.prokind = 'f'
    loop
        execute format('revoke execute on function %s from public', routine);
        execute format('grant execute on function %s to %s', routine, trusted);
    end loop;
end
$lockdown$;
