#!/usr/bin/env python3
"""Ask Claude a question that it answers with the tools of mg.

    export MG_TOKEN=… ANTHROPIC_API_KEY=…
    python clients/claude_agent.py "Combien de logements autorisés à Montévrain ?"

Without a question it runs the spider of permits and tells of Lagny-sur-Marne. Tool calls go to
stderr, the answer to stdout. MG_URL, MG_TOKEN and MG_MODEL: see service.py. The loop of model
and tools is written out here, on the `anthropic` package and a session of the `mcp` package.
Needs the packages of requirements-claude.txt.
"""

import json

import anthropic
import httpx2
from mcp import Client, MCPError
from mcp.client.streamable_http import streamable_http_client

import service
from service import Trouble

DEFAULT_MODEL = "claude-sonnet-5-5"
MAX_ANSWER_TOKENS = 8_000


async def answer(mg, question):
    """The answer's text, after as many calls as the model asks for."""
    model = anthropic.AsyncAnthropic()
    async with httpx2.AsyncClient(headers=mg.headers, timeout=service.CALL_TIMEOUT_SECONDS) as http:
        transport = streamable_http_client(mg.url, http_client=http)
        async with Client(transport, read_timeout_seconds=service.CALL_TIMEOUT_SECONDS) as session:
            return await converse(model, session, question)


async def converse(model, session, question):
    """Model and tools in turn, until the model calls none."""
    tools = await tools_of(session)
    messages = [{"role": "user", "content": question}]
    for _ in range(service.MAX_TURNS):
        reply = await model.messages.create(
            model=service.model_name(DEFAULT_MODEL),
            max_tokens=MAX_ANSWER_TOKENS,
            system=service.INSTRUCTIONS,
            tools=tools,
            messages=messages,
        )
        if reply.stop_reason != "tool_use":
            return text_of(reply)
        calls = [block for block in reply.content if block.type == "tool_use"]
        results = [await result_of(session, call) for call in calls]
        messages.append({"role": "assistant", "content": reply.content})
        messages.append({"role": "user", "content": results})
    raise Trouble(f"the model still called tools after {service.MAX_TURNS} turns")


async def tools_of(session):
    """Every page of the tool list, as the model takes it."""
    tools, cursor = [], None
    while True:
        page = await session.list_tools(cursor=cursor)
        tools += [
            {"name": tool.name, "description": tool.description or "", "input_schema": tool.input_schema}
            for tool in page.tools
        ]
        cursor = page.next_cursor
        if cursor is None:
            return tools


async def result_of(session, call):
    """One call, and what the model is told of it. A refusal is told too, so that it can mend the call."""
    service.show_call(call.name, call.input)
    try:
        result = await session.call_tool(call.name, call.input)
    except MCPError as error:
        text, is_error = str(error), True
    else:
        blocks = [block.text for block in result.content if block.type == "text"]
        text = "\n".join(blocks) or json.dumps(result.structured_content, ensure_ascii=False)
        is_error = bool(result.is_error)
    service.show_result(text, is_error)
    return {"type": "tool_result", "tool_use_id": call.id, "content": text, "is_error": is_error}


def text_of(reply):
    """The text of the last reply, which must be whole."""
    if reply.stop_reason != "end_turn":
        raise Trouble(f"the model broke off ({reply.stop_reason}): ask for less")
    return "\n".join(block.text for block in reply.content if block.type == "text")


if __name__ == "__main__":
    service.main(answer, "ANTHROPIC_API_KEY", (anthropic.AnthropicError, MCPError, httpx2.HTTPError))
