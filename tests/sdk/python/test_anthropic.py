"""The client `anthropic`: Messages, token counts and models. Replies are validated strictly."""

import anthropic
import pytest
from conftest import FORECAST, Forecast, n_words, phase

ASK = [{"role": "user", "content": "Hello"}]
TOOL = {"name": "forecast", "description": "The weather", "input_schema": FORECAST}
MANUAL = {"model": "claude-sonnet-4-6", "thinking": {"type": "enabled", "budget_tokens": 1024}}


def client(url: str, key: str = "sk-ant-test", retries: int = 0) -> anthropic.Anthropic:
    return anthropic.Anthropic(
        base_url=url,
        api_key=key,
        max_retries=retries,
        _strict_response_validation=True,
    )


@pytest.fixture
def ai(url):
    with client(url) as ai:
        yield ai


def arguments(**more):
    return {"model": "claude-sonnet-5", "max_tokens": 2000, "messages": ASK, **more}


def ask(ai, **more):
    return ai.messages.create(**arguments(**more))


def test_whole(ai):
    reply = ask(ai, max_tokens=100, system="Be brief.")
    assert n_words(reply.content[0].text) == 100
    assert reply.stop_reason == "max_tokens"
    assert reply.usage.output_tokens == 100
    assert reply._request_id.startswith("req_")
    assert ask(ai).stop_reason == "end_turn"


def test_streamed(ai):
    events = list(ask(ai, stream=True))
    assert events[0].type == "message_start"
    assert events[-1].type == "message_stop"
    deltas = [event.delta for event in events if event.type == "content_block_delta"]
    assert "".join(delta.text for delta in deltas) == ask(ai).content[0].text
    assert events[-2].usage.output_tokens == 120


def test_stream_helper(ai):
    with ai.messages.stream(**arguments()) as stream:
        text = "".join(stream.text_stream)
        final = stream.get_final_message()
    assert (final.content[0].text, n_words(text)) == (text, 120)
    assert final.usage.output_tokens == 120


def test_tool(ai):
    for extra in [
        {"extra_headers": phase("tool")},
        {"tool_choice": {"type": "any"}},
        {"tool_choice": {"type": "tool", "name": "forecast"}},
    ]:
        reply = ask(ai, tools=[TOOL], **extra)
        (call,) = reply.content
        assert (reply.stop_reason, call.type, call.name) == ("tool_use", "tool_use", "forecast")
        assert set(call.input) == {"city", "days"}


def test_tool_streamed(ai):
    with ai.messages.stream(**arguments(tools=[TOOL]), extra_headers=phase("tool")) as stream:
        (call,) = stream.get_final_message().content
    assert call.input == {"city": "Bern", "days": 3}


def test_tool_is_cut(ai):
    more = {"tools": [TOOL], "extra_headers": phase("long-tool")}
    reply = ask(ai, max_tokens=32, **more)
    assert reply.stop_reason == "max_tokens"
    assert reply.content[0].input == {}
    events = list(ask(ai, max_tokens=32, stream=True, **more))
    assert events[-2].delta.stop_reason == "max_tokens"


def test_structured(ai):
    reply = ai.messages.parse(**arguments(output_format=Forecast))
    assert reply.parsed_output == Forecast(city="", days=0, rainy=False)


@pytest.mark.parametrize("more", [MANUAL, {"thinking": {"type": "adaptive"}}])
def test_thinking(ai, more):
    reply = ask(ai, extra_headers=phase("thinking"), **more)
    thinking, text = reply.content
    assert (thinking.type, n_words(thinking.thinking)) == ("thinking", 48)
    assert thinking.signature
    assert (text.type, n_words(text.text)) == ("text", 60)
    assert reply.usage.output_tokens == 108
    assert reply.usage.output_tokens_details.thinking_tokens == 48


def test_thinking_streamed(ai):
    with ai.messages.stream(**arguments(**MANUAL), extra_headers=phase("thinking")) as stream:
        streamed = stream.get_final_message()
    whole = ask(ai, extra_headers=phase("thinking"), **MANUAL)
    assert [block.to_dict() for block in streamed.content] == [
        block.to_dict() for block in whole.content
    ]


def test_split_events(ai):
    whole = ask(ai, extra_headers=phase("split")).content[0].text
    with ai.messages.stream(**arguments(), extra_headers=phase("split")) as stream:
        assert "".join(stream.text_stream) == whole
    assert whole.startswith("Grüße aus Zürich")


def test_count_tokens(ai):
    count = ai.messages.count_tokens(model="claude-sonnet-5", messages=ASK)
    assert count.input_tokens == ask(ai).usage.input_tokens


def test_models(ai):
    models = list(ai.models.list(limit=5))
    assert len({model.id for model in models}) == len(models) > 5
    model = ai.models.retrieve("claude-opus-4-5")
    assert (model.max_tokens, model.max_input_tokens) == (64_000, 200_000)
    with pytest.raises(anthropic.NotFoundError):
        ai.models.retrieve("claude-nobody")


def test_limits_are_told(ai):
    raw = ai.messages.with_raw_response.create(**arguments())
    assert raw.headers["anthropic-ratelimit-requests-limit"] == "1000000"
    assert raw.headers["anthropic-ratelimit-tokens-reset"].endswith("Z")


def test_odd_replies(ai):
    # That these are refused shows how strictly all others were read.
    for fault in ["missing_usage", "unknown_stop_reason"]:
        with pytest.raises(anthropic.APIResponseValidationError):
            ask(ai, extra_headers={"x-sim-fault": fault})


def test_wrong_key(url):
    with client(url, key="invalid") as ai, pytest.raises(anthropic.AuthenticationError) as caught:
        ask(ai)
    assert caught.value.body["error"]["type"] == "authentication_error"


def test_unknown_model(ai):
    with pytest.raises(anthropic.NotFoundError):
        ask(ai, model="claude-nobody")


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"max_tokens": -1}, "max_tokens: Input should be greater than or equal to 0"),
        ({"extra_body": {"max_tokens": None}}, "max_tokens: Field required"),
        (
            {"extra_body": {"max_tokens": 128_001}},
            "max_tokens: 128001 > 128000, which is the maximum allowed number of output tokens for "
            "claude-sonnet-5",
        ),
        (
            {**MANUAL, "thinking": {"type": "enabled", "budget_tokens": 1000}},
            "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024",
        ),
        ({**MANUAL, "max_tokens": 1024}, "`max_tokens` must be greater than"),
        (
            {"thinking": {"type": "enabled", "budget_tokens": 1024}},
            '"thinking.type.enabled" is not supported for this model.',
        ),
    ],
)
def test_bad_request(ai, more, message):
    with pytest.raises(anthropic.BadRequestError) as caught:
        ask(ai, **more)
    error = caught.value.body["error"]
    assert error["type"] == "invalid_request_error"
    assert error["message"].startswith(message)


@pytest.mark.parametrize("fault", ["rate-limited", "failing", "overloaded"])
def test_tries_again(url, fault):
    with client(url, retries=2) as ai:
        raw = ai.messages.with_raw_response
        reply = raw.create(**arguments(), extra_headers=phase(fault))
    assert reply.retries_taken == 1
    assert reply.parse().id


def test_gives_up(url):
    with client(url, retries=1) as ai, pytest.raises(anthropic.InternalServerError):
        ask(ai, extra_headers=phase("always-failing"))


def test_cut_stream(ai):
    with pytest.raises(Exception) as caught:
        list(ask(ai, stream=True, extra_headers=phase("cut")))
    assert not isinstance(caught.value, AssertionError)
