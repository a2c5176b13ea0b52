#!/usr/bin/env python3
"""Ask mg one thing over MCP and print the answer as one JSON object.

    python clients/ask.py URL TOKEN --list
    python clients/ask.py URL TOKEN get_indicator '{"name": "permis_autorises"}'

`--list` prints {protocol, tools}, a call prints {protocol, structured, text, is_error}.
A refusal by a tool is an answer (exit 0, is_error true). No answer, because of a wrong
address, a wrong token or an unknown tool, is one line on stderr and exit 1.
Needs the package of requirements.txt.
"""

import argparse
import asyncio
import json
import logging
import sys

import httpx2
from mcp import Client, MCPError
from mcp.client.streamable_http import streamable_http_client

TIMEOUT_SECONDS = 60


async def list_tools(client):
    """Every page of the tool list."""
    tools, cursor = [], None
    while True:
        page = await client.list_tools(cursor=cursor)
        tools += [tool.model_dump(mode="json", by_alias=True, exclude_none=True) for tool in page.tools]
        cursor = page.next_cursor
        if cursor is None:
            return {"tools": tools}


async def call_tool(client, name, arguments):
    """One call: what programs read, what people read, and whether the tool refused."""
    result = await client.call_tool(name, arguments)
    text = "\n".join(block.text for block in result.content if block.type == "text")
    return {"structured": result.structured_content, "text": text, "is_error": result.is_error}


class Refused(Exception):
    """The server did not take the token."""


async def refuse(response):
    """Says why the door stayed shut; the package calls every such answer an error response."""
    if response.status_code in (401, 403):
        await response.aread()
        try:
            problem = response.json()["error"]
            reason = f"{problem['message']} {problem['advice']}"
        except (KeyError, TypeError, ValueError):
            reason = "the server refused the address (Host or Origin)"
        raise Refused(f"HTTP {response.status_code}: {reason}")


async def ask(options):
    """Connects, asks, and hangs up."""
    headers = {"Authorization": f"Bearer {options.token}"}
    hooks = {"response": [refuse]}
    mode = "legacy" if options.legacy else "auto"
    async with httpx2.AsyncClient(headers=headers, event_hooks=hooks, timeout=TIMEOUT_SECONDS) as http:
        transport = streamable_http_client(options.url, http_client=http)
        async with Client(transport, mode=mode, read_timeout_seconds=TIMEOUT_SECONDS) as client:
            if options.list:
                answer = await list_tools(client)
            else:
                answer = await call_tool(client, options.tool, options.arguments)
            return {"protocol": client.protocol_version, **answer}


def causes(error):
    """The errors inside an error group, however deep; connections fail in groups."""
    inner = getattr(error, "exceptions", None)
    return [cause for one in inner for cause in causes(one)] if inner else [error]


def json_object(text):
    """The arguments of a call, as given on the command line."""
    try:
        value = json.loads(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"not JSON: {error}") from error
    if not isinstance(value, dict):
        raise argparse.ArgumentTypeError("must be a JSON object")
    return value


def parse_options():
    """The command line; says how to use it and exits where it is wrong."""
    parser = argparse.ArgumentParser(description="Ask mg one thing over MCP; print one JSON object.")
    parser.add_argument("url", help="the endpoint, such as http://127.0.0.1:8080/mcp")
    parser.add_argument("token", help="a token from `mg demo` or `mg token create`")
    parser.add_argument("tool", nargs="?", help="the tool to call")
    parser.add_argument("arguments", nargs="?", type=json_object, default={}, help="its arguments, a JSON object")
    parser.add_argument("--list", action="store_true", help="list the tools instead of calling one")
    parser.add_argument("--legacy", action="store_true", help="speak the protocol's previous era")
    options = parser.parse_args()
    if options.list == bool(options.tool):
        parser.error("name a tool to call, or give --list")
    return options


def main():
    """Prints the answer, or says why there is none."""
    options = parse_options()
    # What goes wrong is said once, below; the package logs it too.
    logging.disable(logging.CRITICAL)
    try:
        answer = asyncio.run(ask(options))
    except Exception as error:
        reasons = causes(error)
        if not all(isinstance(reason, (Refused, MCPError, httpx2.HTTPError, OSError)) for reason in reasons):
            raise
        sys.exit(f"no answer from {options.url}: {'; '.join(str(reason) for reason in reasons)}")
    print(json.dumps(answer, ensure_ascii=False))


if __name__ == "__main__":
    main()
