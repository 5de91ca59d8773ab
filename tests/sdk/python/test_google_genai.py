"""The client `google-genai`: content, token counts and models."""

import pytest
from conftest import FORECAST, Forecast, n_words, phase
from google import genai
from google.genai import errors, types

TOOL = {"name": "forecast", "description": "The weather", "parameters_json_schema": FORECAST}
TOOLS = [types.Tool(function_declarations=[TOOL])]


def client(url: str, key: str = "AIza-test", attempts: int = 1) -> genai.Client:
    retry = types.HttpRetryOptions(attempts=attempts, initial_delay=0.1, max_delay=1)
    options = types.HttpOptions(base_url=url, retry_options=retry)
    return genai.Client(api_key=key, http_options=options)


@pytest.fixture
def ai(url):
    return client(url)


def config(name: str | None = None, **more) -> types.GenerateContentConfig:
    if name is not None:
        more["http_options"] = types.HttpOptions(headers=phase(name))
    return types.GenerateContentConfig(**more)


def arguments(**more):
    model = more.pop("model", "gemini-2.5-pro")
    return {"model": model, "contents": "Hello", "config": config(**more)}


def ask(ai, **more):
    return ai.models.generate_content(**arguments(**more))


def stream(ai, **more):
    return ai.models.generate_content_stream(**arguments(**more))


def test_whole(ai):
    reply = ask(ai, max_output_tokens=100, system_instruction="Be brief.")
    assert n_words(reply.text) == 100
    assert reply.candidates[0].finish_reason == types.FinishReason.MAX_TOKENS
    assert reply.usage_metadata.candidates_token_count == 100
    assert ask(ai).candidates[0].finish_reason == types.FinishReason.STOP


def test_candidates(ai):
    reply = ask(ai, candidate_count=3)
    texts = {candidate.content.parts[0].text for candidate in reply.candidates}
    assert len(texts) == 3
    assert reply.usage_metadata.candidates_token_count == 360


def test_streamed(ai):
    chunks = list(stream(ai))
    assert "".join(chunk.text for chunk in chunks) == ask(ai).text
    counts = [chunk.usage_metadata.candidates_token_count for chunk in chunks]
    assert counts == sorted(counts)
    assert (counts[-1], len(chunks)) == (120, 8)
    assert chunks[-1].candidates[0].finish_reason == types.FinishReason.STOP


def test_tool(ai):
    forced = types.FunctionCallingConfig(mode="ANY")
    for more in [
        {"name": "tool"},
        {"tool_config": types.ToolConfig(function_calling_config=forced)},
    ]:
        (call,) = ask(ai, tools=TOOLS, **more).function_calls
        assert (call.name, set(call.args)) == ("forecast", {"city", "days"})


def test_tool_streamed(ai):
    chunks = list(stream(ai, tools=TOOLS, name="tool"))
    (call,) = [call for chunk in chunks for call in chunk.function_calls or []]
    assert call.args == {"city": "Bern", "days": 3}


def test_tool_is_cut(ai):
    reply = ask(ai, tools=TOOLS, max_output_tokens=32, name="long-tool")
    assert reply.candidates[0].finish_reason == types.FinishReason.MAX_TOKENS
    assert reply.function_calls is None


def test_structured(ai):
    reply = ask(ai, response_mime_type="application/json", response_schema=Forecast)
    assert reply.parsed == Forecast(city="", days=0, rainy=False)


def test_thinking(ai):
    shown = types.ThinkingConfig(include_thoughts=True)
    reply = ask(ai, name="thinking", thinking_config=shown)
    thought, text = reply.candidates[0].content.parts
    assert (thought.thought, n_words(thought.text)) == (True, 48)
    assert n_words(text.text) == n_words(reply.text) == 60
    assert reply.usage_metadata.thoughts_token_count == 48
    hidden = ask(ai, name="thinking")
    assert len(hidden.candidates[0].content.parts) == 1
    assert hidden.usage_metadata.thoughts_token_count == 48
    off = ask(ai, name="thinking", thinking_config=types.ThinkingConfig(thinking_budget=0))
    assert off.usage_metadata.thoughts_token_count is None


def test_thinking_streamed(ai):
    shown = types.ThinkingConfig(include_thoughts=True)
    chunks = list(stream(ai, name="thinking", thinking_config=shown))
    parts = [part for chunk in chunks for part in chunk.candidates[0].content.parts]
    thoughts = "".join(part.text for part in parts if part.thought)
    whole = ask(ai, name="thinking", thinking_config=shown)
    assert thoughts == whole.candidates[0].content.parts[0].text


def test_split_events(ai):
    whole = ask(ai, name="split").text
    assert "".join(chunk.text for chunk in stream(ai, name="split")) == whole
    assert whole.startswith("Grüße aus Zürich")


def test_count_tokens(ai):
    count = ai.models.count_tokens(model="gemini-2.5-pro", contents="Hello")
    assert count.total_tokens == ask(ai).usage_metadata.prompt_token_count


def test_models(ai):
    names = [model.name for model in ai.models.list(config={"page_size": 2})]
    assert "models/gemini-2.5-pro" in names
    assert len(set(names)) == len(names) > 2
    assert ai.models.get(model="gemini-2.5-pro").output_token_limit == 65_536


def refused(call) -> errors.APIError:
    with pytest.raises(errors.APIError) as caught:
        call()
    return caught.value


def test_wrong_key(url):
    error = refused(lambda: ask(client(url, key="invalid")))
    assert (error.code, error.status) == (400, "INVALID_ARGUMENT")


def test_unknown_model(ai):
    error = refused(lambda: ask(ai, model="gemini-nobody"))
    assert (error.code, error.status) == (404, "NOT_FOUND")


def test_bad_ceiling(ai):
    for ceiling in [0, -1, 65_537]:
        error = refused(lambda ceiling=ceiling: ask(ai, max_output_tokens=ceiling))
        assert (error.code, error.status) == (400, "INVALID_ARGUMENT")
        assert "from 1 (inclusive) to 65537 (exclusive)" in error.message


@pytest.mark.parametrize("fault", ["rate-limited", "failing", "overloaded"])
def test_tries_again(url, fault):
    assert ask(client(url, attempts=3), name=fault).text


def test_says_how_long_to_wait(ai):
    error = refused(lambda: ask(ai, name="rate-limited"))
    # The next call of this phase gets through again, whoever makes it.
    assert ask(ai, name="rate-limited").text
    assert (error.code, error.status) == (429, "RESOURCE_EXHAUSTED")
    assert "1s" in [detail.get("retryDelay") for detail in error.details["error"]["details"]]


def test_gives_up(url):
    error = refused(lambda: ask(client(url, attempts=2), name="always-failing"))
    assert (error.code, error.status) == (500, "INTERNAL")


def test_cut_stream(ai):
    with pytest.raises(Exception) as caught:
        list(stream(ai, name="cut"))
    assert not isinstance(caught.value, AssertionError)
