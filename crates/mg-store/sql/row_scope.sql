-- Row security on whatever readers see. Run by the owner at every start, after the grants:
-- a fact table that a migration brought has its policies by itself. Idempotent; it touches
-- a table only when something is missing.
-- The logins in the setting `mg.whole_logins` see every row. mg_scoped_reader, where there is
-- one, sees the rows of the communes in its signed scope; of a table that nothing here knows
-- how to limit it sees nothing.

do $policies$
declare
    relation record;
    scoped text;
    wanted text;
    logins constant text[] := string_to_array(current_setting('mg.whole_logins'), ',');
    whole constant text := (select string_agg(quote_ident(login), ', ') from unnest(logins) login);
    has_scoped constant boolean := exists (select from pg_catalog.pg_roles where rolname = 'mg_scoped_reader');
    -- Evaluated once a query, for it stands in a sub-select.
    codes constant text := '(select mg.row_scope())::text[]';
begin
    for relation in
        select c.oid, format('%I.%I', n.nspname, c.relname) as name, c.relrowsecurity as secured,
               (select a.attname from pg_catalog.pg_attribute a
                where a.attrelid = c.oid and a.attname in ('code_commune', 'zone') and not a.attisdropped
                order by a.attname limit 1) as commune,
               (select string_agg(p.polname || ':' || (
                            select string_agg(r.rolname, ',' order by array_position(logins, r.rolname::text))
                            from pg_catalog.pg_roles r where r.oid = any (p.polroles)), ' ' order by p.polname)
                from pg_catalog.pg_policy p where p.polrelid = c.oid) as policies
        from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where n.nspname in ('analytics', 'kpi') and c.relkind in ('r', 'p')
    loop
        scoped := case
            when relation.commune is not null then format('%I = any (%s)', relation.commune, codes)
            -- The former row of a fact carries its commune within.
            when relation.name = 'analytics.revision' then format('valeurs ->> ''code_commune'' = any (%s)', codes)
            -- Nothing in it is of a commune. `analytics.edition` counts the records of all of them.
            when relation.name = 'kpi.definition' then 'true'
            else 'false'
        end;
        if not relation.secured then
            execute format('alter table %s enable row level security', relation.name);
        end if;
        wanted := 'every_row:' || array_to_string(logins, ',')
            || case when has_scoped then ' row_scope:mg_scoped_reader' else '' end;
        -- The comment keeps what was asked for and what Postgres made of it: a rule that this version
        -- changed, or that someone loosened, is made anew.
        if relation.policies is distinct from wanted
            or has_scoped and (
                select obj_description(p.oid, 'pg_policy') is distinct from
                       scoped || ' => ' || pg_get_expr(p.polqual, p.polrelid)
                from pg_catalog.pg_policy p where p.polrelid = relation.oid and p.polname = 'row_scope') then
            execute format('drop policy if exists every_row on %s', relation.name);
            execute format('drop policy if exists row_scope on %s', relation.name);
            execute format('create policy every_row on %s to %s using (true) with check (true)',
                           relation.name, whole);
            if has_scoped then
                execute format('create policy row_scope on %s for select to mg_scoped_reader using (%s)',
                               relation.name, scoped);
                execute format('comment on policy row_scope on %s is %L', relation.name, (
                    select scoped || ' => ' || pg_get_expr(p.polqual, p.polrelid)
                    from pg_catalog.pg_policy p where p.polrelid = relation.oid and p.polname = 'row_scope'));
            end if;
        end if;
    end loop;
    -- A view reads with its owner's eyes, who sees every row, unless it is told otherwise.
    for relation in
        select c.oid, format('%I.%I', n.nspname, c.relname) as name,
               coalesce(c.reloptions @> '{security_invoker=true}', false) as invoker
        from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where n.nspname in ('analytics', 'kpi') and c.relkind in ('v', 'm')
    loop
        if current_setting('server_version_num')::int < 150000 then
            if has_scoped then
                execute format('revoke all on %s from mg_scoped_reader', relation.name);
            end if;
        elsif not relation.invoker then
            execute format('alter view %s set (security_invoker = true)', relation.name);
        end if;
    end loop;
end
$policies$;
