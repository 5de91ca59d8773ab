// The client `openai`: Chat Completions, Responses and models.

import assert from "node:assert/strict";
import test from "node:test";
import OpenAI from "openai";
import { all, counted, forecast, nWords, phase, url } from "./shared.mjs";

const client = (options) =>
  new OpenAI({ baseURL: `${url}/v1`, apiKey: "sk-test", maxRetries: 0, ...options });
const ai = client();
const chatTool = { type: "function", function: { name: "forecast", parameters: forecast } };
const tool = { type: "function", name: "forecast", parameters: forecast, strict: true };

const chat = (more, headers, from = ai) =>
  from.chat.completions.create(
    { model: "gpt-5.2", messages: [{ role: "user", content: "Hello" }], ...more },
    { headers },
  );
const respond = (more, headers, from = ai) =>
  from.responses.create({ model: "gpt-5.2", input: "Hello", ...more }, { headers });

test("chat, whole", async () => {
  const reply = await chat({ max_completion_tokens: 100 });
  assert.equal(nWords(reply.choices[0].message.content), 100);
  assert.equal(reply.choices[0].finish_reason, "length");
  assert.equal(reply.usage.completion_tokens, 100);
  assert.match(reply._request_id, /^req_/);
});

test("chat, choices", async () => {
  const reply = await chat({ n: 3 });
  assert.equal(new Set(reply.choices.map((choice) => choice.message.content)).size, 3);
  assert.equal(reply.usage.completion_tokens, 360);
});

test("chat, streamed", async () => {
  const chunks = await all(await chat({ stream: true, stream_options: { include_usage: true } }));
  const text = chunks.map((chunk) => chunk.choices[0]?.delta.content ?? "").join("");
  const whole = await chat({});
  assert.equal(text, whole.choices[0].message.content);
  assert.deepEqual(chunks.at(-1).usage, whole.usage);
});

test("chat, tool", async () => {
  for (const [more, headers] of [[{}, phase("tool")], [{ tool_choice: "required" }]]) {
    const reply = await chat({ tools: [chatTool], ...more }, headers);
    const [call] = reply.choices[0].message.tool_calls;
    assert.equal(call.function.name, "forecast");
    assert.deepEqual(Object.keys(JSON.parse(call.function.arguments)), ["city", "days"]);
  }
});

test("chat, tool, streamed by the helper", async () => {
  const stream = ai.chat.completions.stream(
    { model: "gpt-5.2", messages: [{ role: "user", content: "Hello" }], tools: [chatTool] },
    { headers: phase("tool") },
  );
  const [call] = (await stream.finalChatCompletion()).choices[0].message.tool_calls;
  assert.deepEqual(JSON.parse(call.function.arguments), { city: "Bern", days: 3 });
});

test("chat, structured", async () => {
  const reply = await ai.chat.completions.parse({
    model: "gpt-5.2",
    messages: [{ role: "user", content: "Hello" }],
    response_format: { type: "json_schema", json_schema: { name: "f", schema: forecast } },
  });
  assert.deepEqual(JSON.parse(reply.choices[0].message.content), { city: "", days: 0 });
});

test("chat, reasoning", async () => {
  const reply = await chat({}, phase("thinking"));
  assert.equal(reply.usage.completion_tokens, 108);
  assert.equal(reply.usage.completion_tokens_details.reasoning_tokens, 48);
});

test("responses, whole", async () => {
  const cut = await respond({ max_output_tokens: 100 });
  assert.equal(nWords(cut.output_text), 100);
  assert.equal(cut.status, "incomplete");
  assert.equal(cut.incomplete_details.reason, "max_output_tokens");
  assert.equal(nWords((await respond({})).output_text), 120);
});

test("responses, streamed", async () => {
  const events = await all(await respond({ stream: true }));
  assert.deepEqual(
    events.map((event) => event.sequence_number),
    events.map((_, place) => place),
  );
  const deltas = events.filter((event) => event.type === "response.output_text.delta");
  const text = deltas.map((event) => event.delta).join("");
  assert.equal(text, (await respond({})).output_text);
  assert.equal(events.at(-1).type, "response.completed");
});

test("responses, streamed by the helper", async () => {
  const stream = ai.responses.stream({ model: "gpt-5.2", input: "Hello" });
  assert.equal(nWords((await stream.finalResponse()).output_text), 120);
});

test("responses, tool", async () => {
  for (const [more, headers] of [[{}, phase("tool")], [{ tool_choice: "required" }]]) {
    const [call] = (await respond({ tools: [tool], ...more }, headers)).output;
    assert.deepEqual([call.type, call.name], ["function_call", "forecast"]);
    assert.deepEqual(Object.keys(JSON.parse(call.arguments)), ["city", "days"]);
  }
  const stream = ai.responses.stream(
    { model: "gpt-5.2", input: "Hello", tools: [tool] },
    { headers: phase("tool") },
  );
  const [call] = (await stream.finalResponse()).output;
  assert.deepEqual(JSON.parse(call.arguments), { city: "Bern", days: 3 });
});

test("responses, structured", async () => {
  const format = { type: "json_schema", name: "f", schema: forecast };
  const reply = await ai.responses.parse({ model: "gpt-5.2", input: "Hello", text: { format } });
  assert.deepEqual(JSON.parse(reply.output_text), { city: "", days: 0 });
});

test("responses, reasoning and input tokens", async () => {
  const reply = await respond({}, phase("thinking"));
  assert.deepEqual(
    reply.output.map((item) => item.type),
    ["reasoning", "message"],
  );
  assert.equal(reply.usage.output_tokens_details.reasoning_tokens, 48);
  const count = await ai.responses.inputTokens.count({ model: "gpt-5.2", input: "Hello" });
  assert.equal(count.input_tokens, reply.usage.input_tokens);
});

test("models", async () => {
  const names = (await all(ai.models.list())).map((model) => model.id);
  assert.ok(names.includes("gpt-5.2"));
  assert.equal((await ai.models.retrieve("gpt-5.2")).id, "gpt-5.2");
  await assert.rejects(ai.models.retrieve("gpt-nobody"), OpenAI.NotFoundError);
});

for (const [name, call] of [
  ["chat", chat],
  ["responses", respond],
]) {
  test(`${name}, errors`, async () => {
    const wrong = client({ apiKey: "invalid" });
    await assert.rejects(call({}, {}, wrong), OpenAI.AuthenticationError);
    await assert.rejects(call({ model: "gpt-nobody" }), OpenAI.NotFoundError);
  });

  test(`${name}, retries`, async () => {
    for (const fault of ["rate-limited", "failing", "overloaded"]) {
      const counter = counted();
      const patient = client({ maxRetries: 2, fetch: counter.fetch });
      assert.ok((await call({}, phase(fault), patient)).id);
      assert.equal(counter.n, 2);
    }
    const stubborn = call({}, phase("always-failing"), client({ maxRetries: 1 }));
    await assert.rejects(stubborn, OpenAI.InternalServerError);
  });

  test(`${name}, cut stream`, async () => {
    await assert.rejects(async () => all(await call({ stream: true }, phase("cut"))));
  });
}

test("bad ceilings", async () => {
  for (const [call, more, code, param] of [
    [chat, { max_completion_tokens: 128_001 }, "invalid_value", "max_completion_tokens"],
    [chat, { max_tokens: 10 }, "unsupported_parameter", "max_tokens"],
    [respond, { max_output_tokens: 15 }, "integer_below_min_value", "max_output_tokens"],
    [respond, { max_tokens: 50 }, "unknown_parameter", "max_tokens"],
  ]) {
    await assert.rejects(call(more), (error) => {
      assert.ok(error instanceof OpenAI.BadRequestError);
      assert.deepEqual([error.code, error.param], [code, param]);
      return true;
    });
  }
});
