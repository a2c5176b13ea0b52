#!/usr/bin/env python3
"""Ask a LangGraph agent a question that it answers with the tools of mg.

    export MG_TOKEN=… OPENAI_API_KEY=…
    python clients/langgraph_agent.py "Combien de logements autorisés à Montévrain ?"

Without a question it runs the spider of permits and tells of Lagny-sur-Marne. Tool calls go to
stderr, the answer to stdout. MG_URL, MG_TOKEN and MG_MODEL: see service.py. The graph is the
ReAct agent of `langchain`, its tools come from `langchain-mcp-adapters`. Needs the packages of
requirements-langgraph.txt, in an environment of their own: they want an older `mcp`.
"""

from datetime import timedelta

import httpx
import openai
from langchain.agents import create_agent
from langchain_core.messages import ToolMessage
from langchain_mcp_adapters.client import MultiServerMCPClient
from langchain_mcp_adapters.tools import load_mcp_tools
from langchain_openai import ChatOpenAI
from langgraph.errors import GraphRecursionError
from mcp import McpError

import service

DEFAULT_MODEL = "gpt-5.6-luna"


async def answer(mg, question):
    """The answer's text, after as many calls as the model asks for."""
    timeout = timedelta(seconds=service.CALL_TIMEOUT_SECONDS)
    connection = {
        "transport": "streamable_http",
        "url": mg.url,
        "headers": mg.headers,
        "timeout": timeout,
        "sse_read_timeout": timeout,
        "session_kwargs": {"read_timeout_seconds": timeout},
    }
    async with MultiServerMCPClient({"mg": connection}).session("mg") as session:
        # Reads every page. A refusal becomes a message, which the model reads to mend the call.
        tools = await load_mcp_tools(session)
        model = ChatOpenAI(model=service.model_name(DEFAULT_MODEL))
        graph = create_agent(model, tools, system_prompt=service.INSTRUCTIONS)
        return await follow(graph, question)


async def follow(graph, question):
    """Runs the graph, shows what passes, and gives the text of the last message."""
    asked = {"messages": [{"role": "user", "content": question}]}
    # A turn is two steps: the model, then its tools.
    limits = {"recursion_limit": 2 * service.MAX_TURNS}
    message = None
    async for update in graph.astream(asked, limits, stream_mode="updates"):
        for step in update.values():
            for message in step["messages"]:
                show(message)
    return message.text


def show(message):
    """Shows the calls that a message asks for, or the result that it is."""
    if isinstance(message, ToolMessage):
        service.show_result(message.text, message.status == "error")
        return
    for call in message.tool_calls:
        service.show_call(call["name"], call["args"])


if __name__ == "__main__":
    service.main(answer, "OPENAI_API_KEY", (openai.OpenAIError, GraphRecursionError, McpError, httpx.HTTPError))
