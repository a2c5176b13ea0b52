#!/usr/bin/env python3
"""Ask a model of OpenAI a question that it answers with the tools of mg.

    export MG_TOKEN=… OPENAI_API_KEY=…
    python clients/openai_agent.py "Combien de logements autorisés à Montévrain ?"

Without a question it runs the spider of permits and tells of Lagny-sur-Marne. Tool calls go to
stderr, the answer to stdout. MG_URL, MG_TOKEN and MG_MODEL: see service.py. The OpenAI Agents
SDK runs the loop of model and tools. Needs the packages of requirements-openai.txt.
"""

import httpx2
import openai
from agents import Agent, RunConfig, RunHooks, Runner
from agents.exceptions import AgentsException
from agents.mcp import MCPServerStreamableHttp
from mcp import MCPError

import service


class Shown(RunHooks):
    """Shows each call and its result."""

    async def on_tool_start(self, context, agent, tool):
        """Before a call; the context has the arguments."""
        service.show_call(tool.name, context.tool_arguments)

    async def on_tool_end(self, context, agent, tool, result):
        """After it. A refusal comes as a result too: the model reads it and mends the call."""
        blocks = result if isinstance(result, list) else [result]
        texts = [block["text"] if isinstance(block, dict) and "text" in block else str(block) for block in blocks]
        service.show_result("\n".join(texts))


async def answer(mg, question):
    """The answer's text, after as many calls as the model asks for."""
    # Both timeouts are five seconds otherwise, and a query or a wait for a run takes longer.
    timeout = service.CALL_TIMEOUT_SECONDS
    params = {"url": mg.url, "headers": mg.headers, "timeout": timeout, "sse_read_timeout": timeout}
    server = MCPServerStreamableHttp(
        params, name="mg", cache_tools_list=True, client_session_timeout_seconds=timeout
    )
    async with server:
        agent = Agent(
            name="mg", instructions=service.INSTRUCTIONS, mcp_servers=[server], model=service.model_name(None)
        )
        result = await Runner.run(
            agent,
            question,
            max_turns=service.MAX_TURNS,
            hooks=Shown(),
            # Traces would send questions and figures to the provider's dashboard.
            run_config=RunConfig(tracing_disabled=True),
        )
        return result.final_output


if __name__ == "__main__":
    service.main(answer, "OPENAI_API_KEY", (openai.OpenAIError, AgentsException, MCPError, httpx2.HTTPError))
