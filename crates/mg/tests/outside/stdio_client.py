"""Starts `mg mcp` as a desktop client does, over the mcp package of PyPI; prints one JSON object.

    python stdio_client.py MODE MG ARGUMENT...

MODE is auto (the current era) or legacy.
"""

import asyncio
import json
import os
import sys

from mcp import Client
from mcp.client.stdio import StdioServerParameters

mode, command, *arguments = sys.argv[1:]


def connect():
    server = StdioServerParameters(command=command, args=arguments, env=dict(os.environ))
    return Client(server, mode=mode, read_timeout_seconds=120)


def first_text(result):
    return result.content[0].text


async def main():
    async with connect() as client:
        tools = await client.list_tools()
        resources = await client.list_resources()
        prompts = await client.list_prompts()
        schema = await client.read_resource("mg://schema")
        answer = await client.call_tool("run_sql", {"sql": "select 6 * 7 as answer"})
        refusal = await client.call_tool("run_sql", {"sql": "drop table analytics.fact_permis"})
        # Another one beside it, on the same data folder.
        async with connect() as beside:
            seen = await beside.call_tool("run_sql", {"sql": "select count(*) as tables from kpi.definition"})
        print(
            json.dumps(
                {
                    "protocol": client.protocol_version,
                    "tools": [tool.name for tool in tools.tools],
                    "resources": [str(resource.uri) for resource in resources.resources],
                    "prompts": [prompt.name for prompt in prompts.prompts],
                    "schema": schema.contents[0].text,
                    "rows": answer.structured_content["rows"],
                    "refused": refusal.is_error,
                    "refusal": first_text(refusal),
                    "beside": seen.is_error,
                }
            )
        )


asyncio.run(main())
