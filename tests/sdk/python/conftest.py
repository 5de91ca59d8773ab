"""What the tests share: where the server is, and what is asked of it."""

import os

import pytest
from pydantic import BaseModel


class Forecast(BaseModel):
    """What a structured reply has to be."""

    city: str
    days: int
    rainy: bool


# The same as a JSON schema, for tools.
FORECAST = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
    "required": ["city", "days"],
    "additionalProperties": False,
}


@pytest.fixture(scope="session")
def url() -> str:
    """The server's address."""
    return os.environ["AUTOPACK_URL"]


def phase(name: str) -> dict[str, str]:
    """The header that asks for a phase of the scenario."""
    return {"x-sim-phase": name}


def n_words(text: str) -> int:
    """Made-up text has one word for each token."""
    return len(text.split())
