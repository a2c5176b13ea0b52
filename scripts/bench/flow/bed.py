"""The Postgres that all contenders share, through psql as its superuser.

The cluster is the one that `bench flow bed` starts: private, new, on a Unix socket, `fsync` on.
"""

import os
import subprocess

SOCKET = os.environ["BENCH_SOCKET"]
SUPERUSER = "mg_super"
# None of a contender's: what is asked here does not count as its queries.
OWN_DATABASE = "postgres"


def rows(sql, database=OWN_DATABASE):
    """The rows that `sql` gives, each a list of texts."""
    command = ["psql", "-h", SOCKET, "-U", SUPERUSER, "-d", database]
    command += ["-qAtX", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-c", sql]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"psql failed: {done.stderr.strip()}")
    return [line.split("\t") for line in done.stdout.splitlines()]


def value(sql, database=OWN_DATABASE):
    """The one value that `sql` gives, as text."""
    return rows(sql, database)[0][0]


def check_durable():
    """Refuses a server that would answer before a commit is on disk."""
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):
        if value(f"show {setting}") != "on":
            raise RuntimeError(f"{setting} is off: figures of such a server would be of no use")


def drop_database(name):
    """Takes the database `name` away, and whoever is in it."""
    rows(f"drop database if exists {name} with (force)")


def make_database(name):
    """A new database `name`, and a login of that name that owns it and may come by the socket."""
    drop_database(name)
    if not rows(f"select 1 from pg_roles where rolname = '{name}'"):
        rows(f"create role {name} login")
    rows(f"create database {name} owner {name}")
    admit(name)


def admit(login):
    """Lets whoever runs this log in as `login`; the superuser's own line is the pattern."""
    path = value("show ident_file")
    with open(path, encoding="utf-8") as file:
        lines = file.read().splitlines()
    pattern = next(line for line in lines if line.endswith(" " + SUPERUSER))
    line = pattern.removesuffix(SUPERUSER) + login
    if line not in lines:
        with open(path, "a", encoding="utf-8") as file:
            file.write(line + "\n")
        rows("select pg_reload_conf()")


def backends(database):
    """Process ids of the sessions in `database`."""
    found = rows(f"select pid from pg_stat_activity where datname = '{database}'")
    return [int(pid) for (pid,) in found]


def count_statements(wanted):
    """Lets Postgres count statements from now on, or leave it: counting costs it a little."""
    if value("show shared_preload_libraries") != "pg_stat_statements":
        return
    rows("create extension if not exists pg_stat_statements")
    rows(f"alter system set pg_stat_statements.track = '{'top' if wanted else 'none'}'")
    rows("select pg_reload_conf()")


def statements(database):
    """How many statements of `database` were counted; none where Postgres cannot count them."""
    if value("show shared_preload_libraries") != "pg_stat_statements":
        return None
    sql = f"""select coalesce(sum(calls), 0)::bigint from pg_stat_statements s
              join pg_database d on d.oid = s.dbid where d.datname = '{database}'"""
    return int(value(sql))


def transactions(database):
    """How many transactions of `database` have ended, well or not."""
    sql = f"select xact_commit + xact_rollback from pg_stat_database where datname = '{database}'"
    return int(value(sql))
