"""The gateway as the vendors' clients see it: ceilings that fit, and nothing that they would not have seen without it."""

import time

import anthropic
import dialects
import openai
import pytest

# As many as a call site has to show before its ceiling is touched, and some more: one in fifty may be cut off.
N_CALLS = 80

# What the call sites write, see the scenario.
SHORT_TOKENS = 120


def said(phase: str, **own: str) -> dict[str, str]:
    """Headers for the simulator and for the gateway."""
    return {"x-sim-phase": phase} | {f"x-autopack-{name}": text for name, text in own.items()}


def seen(answer: dialects.Answer) -> tuple[str, str, int]:
    return answer.text, answer.stop, answer.output_tokens


@pytest.fixture(scope="module", params=dialects.ALL, ids=lambda ask: ask.__name__)
def learned(request, url):
    """A way of asking, after its call site has shown how long its answers are."""
    ask = request.param
    for _ in range(N_CALLS):
        ask(url, said("short", group=ask.__name__), None)
    # What is learned is learned off the call's path.
    time.sleep(0.2)
    return ask


def test_a_ceiling_is_set_where_there_is_none_or_too_much(learned, url, behind):
    answer = learned(url, said("short", group=learned.__name__, mode="tighten"), None)
    assert answer.headers["x-autopack-decision"] in ("filled", "tightened")
    assert SHORT_TOKENS <= int(answer.headers["x-autopack-ceiling"]) < 4 * SHORT_TOKENS
    assert answer.headers["x-autopack-attempts"] == "1"
    assert seen(answer) == seen(learned(behind, said("short"), None))


def test_what_was_cut_off_at_our_ceiling_is_seen_whole(learned, url, behind):
    answer = learned(url, said("long-for-once", group=learned.__name__, mode="tighten"), None)
    assert int(answer.headers["x-autopack-attempts"]) > 1
    assert seen(answer) == seen(learned(behind, said("long-for-once"), None))


def test_what_the_client_itself_cuts_off_stays_cut_off(learned, url, behind):
    answer = learned(url, said("short", group=learned.__name__, mode="tighten"), 70)
    assert answer.headers["x-autopack-ceiling"] == "70"
    assert seen(answer) == seen(learned(behind, said("short"), 70))
    assert answer.output_tokens == 70


def test_observing_changes_nothing_and_says_what_would_be(learned, url):
    answer = learned(url, said("short", group=learned.__name__, mode="observe"), 4000)
    assert answer.headers["x-autopack-decision"] == "observed"
    assert answer.headers["x-autopack-ceiling"] == "4000"
    assert int(answer.headers["x-autopack-selected-budget"]) < 4000


def test_intent_the_clients_ceiling_and_what_was_sent_are_three_numbers(learned, url, row_of):
    run = f"three-numbers-{learned.__name__}"
    answer = learned(url, said("short", group=learned.__name__, mode="tighten", run=run), 4000)
    row = row_of(run)
    assert row["requested_max_tokens"] == 4000
    assert row["selected_budget"] == int(answer.headers["x-autopack-selected-budget"])
    assert row["actual_max_tokens"] == int(answer.headers["x-autopack-ceiling"])
    assert row["actual_output_tokens"] == SHORT_TOKENS


def test_a_stream_shows_no_usage_to_who_did_not_ask_and_the_row_has_it(url, behind, row_of):
    def chunks(base: str):
        ai = openai.OpenAI(base_url=f"{base}/v1", api_key="sk-test", max_retries=0)
        stream = ai.chat.completions.create(
            model="gpt-5.2",
            messages=[{"role": "user", "content": "Hello"}],
            stream=True,
            extra_headers=said("short", run="no-usage"),
        )
        return [chunk.model_dump(exclude={"id"}) for chunk in stream]

    assert chunks(url) == chunks(behind)
    assert row_of("no-usage")["actual_output_tokens"] == SHORT_TOKENS


def test_who_leaves_a_stream_leaves_no_row_open(url, row_of):
    ai = anthropic.Anthropic(base_url=url, api_key="sk-test", max_retries=0)
    with ai.messages.stream(
        model="claude-sonnet-4-5",
        max_tokens=4096,
        messages=[{"role": "user", "content": "Hello"}],
        extra_headers=said("stalled", run="left"),
    ) as stream:
        next(iter(stream))
    row = row_of("left")
    assert (row["failure"], row["success"]) == ("cancelled", 0)


def test_who_waits_no_longer_leaves_no_row_open(url, row_of):
    ai = openai.OpenAI(base_url=f"{url}/v1", api_key="sk-test", max_retries=0, timeout=0.5)
    with pytest.raises(openai.APITimeoutError):
        ai.responses.create(
            model="gpt-5.2", input="Hello", extra_headers=said("slow", run="impatient")
        )
    assert row_of("impatient")["failure"] == "cancelled"
