"""A server of a few lines, as FastMCP's and asyncpg's own pages would have it written."""

import json
import os
from contextlib import asynccontextmanager

import asyncpg
from fastmcp import FastMCP

pool: asyncpg.Pool


@asynccontextmanager
async def lifespan(_server):
    global pool
    async with asyncpg.create_pool(
        host=os.environ["BENCH_SOCKET"], user=os.environ["BENCH_LOGIN"], database="mg", min_size=8, max_size=8
    ) as pool:
        yield


server = FastMCP("permits", lifespan=lifespan)


@server.tool()
async def run_sql(sql: str) -> str:
    """Runs a query and gives its rows as JSON."""
    rows = await pool.fetch(sql)
    return json.dumps([dict(row) for row in rows], default=str)


server.run(
    transport="http",
    host="127.0.0.1",
    port=int(os.environ["BENCH_PORT"]),
    json_response=True,
    stateless_http=True,
    show_banner=False,
    log_level="warning",
)
