// The client `@anthropic-ai/sdk`: Messages, token counts and models.

import assert from "node:assert/strict";
import test from "node:test";
import Anthropic from "@anthropic-ai/sdk";
import { all, counted, forecast, nWords, phase, url } from "./shared.mjs";

const client = (options) =>
  new Anthropic({ baseURL: url, apiKey: "sk-ant-test", maxRetries: 0, ...options });
const ai = client();
const tool = { name: "forecast", description: "The weather", input_schema: forecast };
const manual = { model: "claude-sonnet-4-6", thinking: { type: "enabled", budget_tokens: 1024 } };

const body = (more) => ({
  model: "claude-sonnet-5",
  max_tokens: 2000,
  messages: [{ role: "user", content: "Hello" }],
  ...more,
});
const ask = (more, headers, from = ai) => from.messages.create(body(more), { headers });

test("whole", async () => {
  const reply = await ask({ max_tokens: 100 });
  assert.equal(nWords(reply.content[0].text), 100);
  assert.equal(reply.stop_reason, "max_tokens");
  assert.equal(reply.usage.output_tokens, 100);
  assert.match(reply._request_id, /^req_/);
});

test("streamed", async () => {
  const events = await all(await ask({ stream: true }));
  const deltas = events.filter((event) => event.type === "content_block_delta");
  const text = deltas.map((event) => event.delta.text).join("");
  assert.equal(text, (await ask({})).content[0].text);
  assert.equal(events.at(-2).usage.output_tokens, 120);
});

test("streamed by the helper", async () => {
  const final = await ai.messages.stream(body()).finalMessage();
  assert.equal(nWords(final.content[0].text), 120);
  assert.equal(final.usage.output_tokens, 120);
});

test("tool", async () => {
  for (const [more, headers] of [
    [{}, phase("tool")],
    [{ tool_choice: { type: "any" } }],
    [{ tool_choice: { type: "tool", name: "forecast" } }],
  ]) {
    const reply = await ask({ tools: [tool], ...more }, headers);
    assert.deepEqual([reply.stop_reason, reply.content[0].name], ["tool_use", "forecast"]);
    assert.deepEqual(Object.keys(reply.content[0].input), ["city", "days"]);
  }
  const stream = ai.messages.stream(body({ tools: [tool] }), { headers: phase("tool") });
  const [call] = (await stream.finalMessage()).content;
  assert.deepEqual(call.input, { city: "Bern", days: 3 });
});

test("structured", async () => {
  const format = { type: "json_schema", schema: forecast };
  const reply = await ai.messages.parse(body({ output_config: { format } }));
  assert.deepEqual(JSON.parse(reply.content[0].text), { city: "", days: 0 });
});

test("thinking", async () => {
  for (const more of [manual, { thinking: { type: "adaptive" } }]) {
    const whole = await ask(more, phase("thinking"));
    const [thinking, text] = whole.content;
    assert.equal(nWords(thinking.thinking), 48);
    assert.ok(thinking.signature);
    assert.equal(nWords(text.text), 60);
    assert.equal(whole.usage.output_tokens, 108);
    const stream = ai.messages.stream(body(more), { headers: phase("thinking") });
    assert.deepEqual((await stream.finalMessage()).content, whole.content);
  }
});

test("token counts and models", async () => {
  const { messages } = body();
  const count = await ai.messages.countTokens({ model: "claude-sonnet-5", messages });
  assert.equal(count.input_tokens, (await ask({})).usage.input_tokens);
  const names = (await all(ai.models.list({ limit: 5 }))).map((model) => model.id);
  assert.ok(names.length > 5 && new Set(names).size === names.length);
  assert.equal((await ai.models.retrieve("claude-opus-4-5")).max_tokens, 64_000);
  await assert.rejects(ai.models.retrieve("claude-nobody"), Anthropic.NotFoundError);
});

test("errors", async () => {
  const wrong = client({ apiKey: "invalid" });
  await assert.rejects(ask({}, {}, wrong), Anthropic.AuthenticationError);
  await assert.rejects(ask({ model: "claude-nobody" }), Anthropic.NotFoundError);
  for (const [more, message] of [
    [{ max_tokens: null }, "max_tokens: Field required"],
    [{ max_tokens: -1 }, "max_tokens: Input should be greater than or equal to 0"],
    [{ max_tokens: 128_001, stream: true }, "max_tokens: 128001 > 128000, which is the maximum"],
    [{ ...manual, max_tokens: 1024 }, "`max_tokens` must be greater than"],
  ]) {
    await assert.rejects(ask(more), (error) => {
      assert.ok(error instanceof Anthropic.BadRequestError);
      assert.equal(error.error.error.type, "invalid_request_error");
      assert.ok(error.error.error.message.startsWith(message), error.message);
      return true;
    });
  }
});

test("retries", async () => {
  for (const fault of ["rate-limited", "failing", "overloaded"]) {
    const counter = counted();
    const patient = client({ maxRetries: 2, fetch: counter.fetch });
    assert.ok((await ask({}, phase(fault), patient)).id);
    assert.equal(counter.n, 2);
  }
  const stubborn = ask({}, phase("always-failing"), client({ maxRetries: 1 }));
  await assert.rejects(stubborn, Anthropic.InternalServerError);
});

test("cut and split streams", async () => {
  await assert.rejects(async () => all(await ask({ stream: true }, phase("cut"))));
  const stream = ai.messages.stream(body(), { headers: phase("split") });
  const whole = await ask({}, phase("split"));
  assert.equal((await stream.finalMessage()).content[0].text, whole.content[0].text);
  assert.match(whole.content[0].text, /^Grüße aus Zürich/);
});
