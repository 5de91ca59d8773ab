"""The four dialects, each spoken by its vendor's own client in one way of asking."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import anthropic
import openai
from google import genai


@dataclass(frozen=True)
class Answer:
    """What a client sees, and what the gateway says of it beside."""

    text: str
    stop: str
    output_tokens: int
    headers: Mapping[str, str]


@cache
def openai_client(url: str) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{url}/v1", api_key="sk-test", max_retries=0)


@cache
def anthropic_client(url: str) -> anthropic.Anthropic:
    return anthropic.Anthropic(base_url=url, api_key="sk-test", max_retries=0)


@cache
def gemini_client(url: str) -> genai.Client:
    return genai.Client(api_key="sk-test", http_options={"base_url": url})


def openai_chat(url: str, headers: dict[str, str], ceiling: int | None) -> Answer:
    raw = openai_client(url).chat.completions.with_raw_response.create(
        model="gpt-5.2",
        messages=[{"role": "user", "content": "Hello"}],
        extra_headers=headers,
        **({} if ceiling is None else {"max_completion_tokens": ceiling}),
    )
    reply = raw.parse()
    choice = reply.choices[0]
    return Answer(choice.message.content, choice.finish_reason, reply.usage.completion_tokens, raw.headers)


def openai_responses(url: str, headers: dict[str, str], ceiling: int | None) -> Answer:
    raw = openai_client(url).responses.with_raw_response.create(
        model="gpt-5.2",
        input="Hello",
        extra_headers=headers,
        **({} if ceiling is None else {"max_output_tokens": ceiling}),
    )
    reply = raw.parse()
    return Answer(reply.output_text, reply.status, reply.usage.output_tokens, raw.headers)


def anthropic_messages(url: str, headers: dict[str, str], ceiling: int | None) -> Answer:
    raw = anthropic_client(url).messages.with_raw_response.create(
        model="claude-sonnet-4-5",
        # Its users have to say one.
        max_tokens=8192 if ceiling is None else ceiling,
        messages=[{"role": "user", "content": "Hello"}],
        extra_headers=headers,
    )
    reply = raw.parse()
    return Answer(reply.content[0].text, reply.stop_reason, reply.usage.output_tokens, raw.headers)


def gemini(url: str, headers: dict[str, str], ceiling: int | None) -> Answer:
    reply = gemini_client(url).models.generate_content(
        model="gemini-2.5-flash",
        contents="Hello",
        config={"max_output_tokens": ceiling, "http_options": {"headers": headers}},
    )
    candidate = reply.candidates[0]
    return Answer(
        reply.text,
        candidate.finish_reason.name,
        reply.usage_metadata.candidates_token_count,
        reply.sdk_http_response.headers,
    )


ALL = [openai_chat, openai_responses, anthropic_messages, gemini]
