"""The least MCP server that Python's own SDK makes: one tool, no database, no token.

What `make bench` holds `mg serve` against. Its port is its one argument.
"""

import sys

from mcp.server.mcpserver import MCPServer

server = MCPServer("peer")


@server.tool()
def one() -> int:
    """One."""
    return 1


server.run(transport="streamable-http", host="127.0.0.1", port=int(sys.argv[1]))
