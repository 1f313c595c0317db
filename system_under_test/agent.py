"""What an agent is: one method that turns a request into a reply.

Anything with an `async def run(self, request: AgentRequest) -> AgentReply` is an agent. It may
raise, it may take too long, it may be cancelled: what follows from each is the supervisor's. Only
one thing it must not do: compute for long without awaiting anything, because nobody could end it;
such work belongs into a process of its own.
"""

from collections.abc import Mapping
from typing import Any, Protocol

import msgspec

from system_under_test.context import UserExecutionContext


class AgentReply(msgspec.Struct, frozen=True):
    """What an agent found.

    Attributes:
        text: The finding in words.
        figures: The finding as plain data for the agents after this one and for the user's screen:
            what JSON can say, with text keys.
    """

    text: str
    figures: Mapping[str, Any] = {}


class AgentRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What an agent is asked to do.

    Attributes:
        context: Whom the work is for, and in which run.
        text: The user's message.
        earlier: Replies of the steps before this one, by the name of the step.
    """

    context: UserExecutionContext
    text: str
    earlier: Mapping[str, AgentReply] = {}


class Agent(Protocol):
    """Does one step of the work."""

    async def run(self, request: AgentRequest, /) -> AgentReply:
        """Return the reply; whatever it raises means that this step has failed."""
