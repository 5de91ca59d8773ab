"""The client `openai`: Chat Completions, Responses and models. Replies are validated strictly."""

import json

import openai
import pytest
from conftest import FORECAST, Forecast, n_words, phase

CHAT_TOOL = {"type": "function", "function": {"name": "forecast", "parameters": FORECAST}}
TOOL = {"type": "function", "name": "forecast", "parameters": FORECAST, "strict": True}
ASK = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello"}]


def client(url: str, key: str = "sk-test", retries: int = 0) -> openai.OpenAI:
    return openai.OpenAI(
        base_url=f"{url}/v1",
        api_key=key,
        max_retries=retries,
        _strict_response_validation=True,
    )


@pytest.fixture
def ai(url):
    with client(url) as ai:
        yield ai


def chat(ai, **more):
    return ai.chat.completions.create(**{"model": "gpt-5.2", "messages": ASK, **more})


def respond(ai, **more):
    return ai.responses.create(**{"model": "gpt-5.2", "input": "Hello", **more})


# Chat Completions


def test_chat_whole(ai):
    reply = chat(ai, max_completion_tokens=100)
    assert n_words(reply.choices[0].message.content) == 100
    assert reply.choices[0].finish_reason == "length"
    assert reply.usage.completion_tokens == 100
    assert reply._request_id.startswith("req_")


def test_chat_choices(ai):
    reply = chat(ai, n=3)
    texts = {choice.message.content for choice in reply.choices}
    assert [choice.index for choice in reply.choices] == [0, 1, 2]
    assert len(texts) == 3
    assert reply.usage.completion_tokens == 360


def test_chat_streamed(ai):
    chunks = list(chat(ai, stream=True, n=2, stream_options={"include_usage": True}))
    whole = chat(ai, n=2)
    for index in range(2):
        choices = [c for chunk in chunks for c in chunk.choices if c.index == index]
        text = "".join(choice.delta.content or "" for choice in choices)
        assert text == whole.choices[index].message.content
        assert choices[-1].finish_reason == "stop"
    assert chunks[-1].usage == whole.usage


def test_chat_stream_helper(ai):
    with ai.chat.completions.stream(model="gpt-5.2", messages=ASK) as stream:
        reply = stream.get_final_completion()
    assert n_words(reply.choices[0].message.content) == 120


def test_chat_tool(ai):
    for extra in [{"extra_headers": phase("tool")}, {"tool_choice": "required"}]:
        reply = chat(ai, tools=[CHAT_TOOL], **extra)
        (call,) = reply.choices[0].message.tool_calls
        assert reply.choices[0].finish_reason == "tool_calls"
        assert call.function.name == "forecast"
        assert set(json.loads(call.function.arguments)) == {"city", "days"}


def test_chat_tool_streamed(ai):
    chunks = list(chat(ai, tools=[CHAT_TOOL], stream=True, extra_headers=phase("tool")))
    calls = [call for chunk in chunks for call in chunk.choices[0].delta.tool_calls or []]
    assert (calls[0].function.name, calls[0].type) == ("forecast", "function")
    arguments = "".join(call.function.arguments for call in calls)
    assert json.loads(arguments) == {"city": "Bern", "days": 3}
    assert chunks[-1].choices[0].finish_reason == "tool_calls"


def test_chat_tool_is_cut(ai):
    more = {"tools": [CHAT_TOOL], "extra_headers": phase("long-tool")}
    reply = chat(ai, max_completion_tokens=32, **more)
    assert reply.choices[0].finish_reason == "length"
    (call,) = reply.choices[0].message.tool_calls
    with pytest.raises(json.JSONDecodeError):
        json.loads(call.function.arguments)


def test_chat_structured(ai):
    reply = ai.chat.completions.parse(model="gpt-5.2", messages=ASK, response_format=Forecast)
    assert reply.choices[0].message.parsed == Forecast(city="", days=0, rainy=False)


def test_chat_reasoning(ai):
    reply = chat(ai, extra_headers=phase("thinking"))
    assert reply.usage.completion_tokens == 108
    assert reply.usage.completion_tokens_details.reasoning_tokens == 48


def test_chat_split_events(ai):
    whole = chat(ai, extra_headers=phase("split")).choices[0].message.content
    chunks = chat(ai, stream=True, extra_headers=phase("split"))
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == whole
    assert whole.startswith("Grüße aus Zürich")


# Responses


def test_responses_whole(ai):
    reply = respond(ai, max_output_tokens=100, instructions="Be brief.")
    assert n_words(reply.output_text) == 100
    assert (reply.status, reply.incomplete_details.reason) == ("incomplete", "max_output_tokens")
    assert reply.usage.output_tokens == 100
    reply = respond(ai)
    assert (reply.status, n_words(reply.output_text)) == ("completed", 120)
    assert reply._request_id.startswith("req_")


def test_responses_streamed(ai):
    events = list(respond(ai, stream=True))
    assert [event.sequence_number for event in events] == list(range(len(events)))
    kinds = [event.type for event in events if not event.type.endswith(".delta")]
    assert kinds == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.completed",
    ]
    text = "".join(event.delta for event in events if event.type.endswith("text.delta"))
    assert text == respond(ai).output_text == events[-1].response.output_text


def test_responses_stream_helper(ai):
    with ai.responses.stream(model="gpt-5.2", input="Hello", max_output_tokens=40) as stream:
        for _ in stream:
            pass
        # This helper knows a final response only where it is complete.
        with pytest.raises(RuntimeError):
            stream.get_final_response()
    with ai.responses.stream(model="gpt-5.2", input="Hello") as stream:
        assert n_words(stream.get_final_response().output_text) == 120


def test_responses_tool(ai):
    for extra in [{"extra_headers": phase("tool")}, {"tool_choice": "required"}]:
        (call,) = respond(ai, tools=[TOOL], **extra).output
        assert (call.type, call.name) == ("function_call", "forecast")
        assert set(json.loads(call.arguments)) == {"city", "days"}


def test_responses_tool_streamed(ai):
    events = list(respond(ai, tools=[TOOL], stream=True, extra_headers=phase("tool")))
    arguments = "".join(event.delta for event in events if event.type.endswith("arguments.delta"))
    assert json.loads(arguments) == {"city": "Bern", "days": 3}
    (call,) = events[-1].response.output
    assert call.arguments == arguments


def test_responses_structured(ai):
    reply = ai.responses.parse(model="gpt-5.2", input="Hello", text_format=Forecast)
    assert reply.output_parsed == Forecast(city="", days=0, rainy=False)


def test_responses_reasoning(ai):
    reply = respond(ai, extra_headers=phase("thinking"))
    assert [item.type for item in reply.output] == ["reasoning", "message"]
    assert reply.usage.output_tokens_details.reasoning_tokens == 48
    exhausted = respond(ai, max_output_tokens=16, extra_headers=phase("thinking"))
    assert [item.type for item in exhausted.output] == ["reasoning"]
    assert exhausted.status == "incomplete"


def test_responses_input_tokens(ai):
    count = ai.responses.input_tokens.count(model="gpt-5.2", input="Hello")
    assert count.input_tokens == respond(ai).usage.input_tokens


# Models, errors, retries


def test_models(ai):
    names = [model.id for model in ai.models.list()]
    assert "gpt-5.2" in names
    assert ai.models.retrieve("gpt-5.2").id == "gpt-5.2"
    with pytest.raises(openai.NotFoundError):
        ai.models.retrieve("gpt-nobody")


def test_limits_are_told(ai):
    raw = ai.chat.completions.with_raw_response.create(model="gpt-5.2", messages=ASK)
    assert raw.headers["x-ratelimit-limit-requests"] == "1000000"
    assert int(raw.headers["x-ratelimit-remaining-tokens"]) <= 1_000_000_000


def test_odd_replies(ai):
    # That these are refused shows how strictly all others were read.
    for call, fault in [(chat, "unknown_stop_reason"), (respond, "null_content")]:
        with pytest.raises(openai.APIResponseValidationError):
            call(ai, extra_headers={"x-sim-fault": fault})


@pytest.mark.parametrize("call", [chat, respond])
def test_wrong_key(url, call):
    with client(url, key="invalid") as ai, pytest.raises(openai.AuthenticationError) as caught:
        call(ai)
    assert caught.value.code == "invalid_api_key"


@pytest.mark.parametrize("call", [chat, respond])
def test_unknown_model(ai, call):
    with pytest.raises(openai.NotFoundError) as caught:
        call(ai, model="gpt-nobody")
    assert caught.value.code == "model_not_found"


@pytest.mark.parametrize(
    ("call", "more", "code", "param"),
    [
        (chat, {"max_completion_tokens": 128_001}, "invalid_value", "max_completion_tokens"),
        (chat, {"max_tokens": 10}, "unsupported_parameter", "max_tokens"),
        (chat, {"max_completion_tokens": 0}, "integer_below_min_value", "max_completion_tokens"),
        (respond, {"max_output_tokens": 15}, "integer_below_min_value", "max_output_tokens"),
        (respond, {"extra_body": {"max_tokens": 50}}, "unknown_parameter", "max_tokens"),
    ],
)
def test_bad_ceiling(ai, call, more, code, param):
    with pytest.raises(openai.BadRequestError) as caught:
        call(ai, **more)
    assert (caught.value.code, caught.value.param) == (code, param)


@pytest.mark.parametrize("call", [chat, respond])
@pytest.mark.parametrize("fault", ["rate-limited", "failing", "overloaded"])
def test_tries_again(url, call, fault):
    with client(url, retries=2) as ai:
        calls = {chat: ai.chat.completions, respond: ai.responses}
        ask = {chat: {"messages": ASK}, respond: {"input": "Hello"}}[call]
        raw = calls[call].with_raw_response
        reply = raw.create(model="gpt-5.2", extra_headers=phase(fault), **ask)
    assert reply.retries_taken == 1
    assert reply.parse().id


@pytest.mark.parametrize("call", [chat, respond])
def test_gives_up(url, call):
    with client(url, retries=1) as ai, pytest.raises(openai.InternalServerError):
        call(ai, extra_headers=phase("always-failing"))


@pytest.mark.parametrize("call", [chat, respond])
def test_cut_stream(ai, call):
    with pytest.raises(Exception) as caught:
        list(call(ai, stream=True, extra_headers=phase("cut")))
    assert not isinstance(caught.value, AssertionError)
