"""A coding agent, aider, makes a small edit through the gateway."""

import os
import subprocess
from pathlib import Path

AGENT = Path(__file__).parent.parent / "agent"
OPTIONS = """
    --no-git --yes-always --no-pretty --no-gitignore --map-tokens 0 --no-check-update --analytics-disable
    --no-show-model-warnings --no-show-release-notes --model openai/gpt-5.2
""".split()


def test_an_agent_edits_a_file(url: str, tmp_path: Path, row_of) -> None:
    work, home = tmp_path / "work", tmp_path / "home"
    work.mkdir()
    home.mkdir()
    greeting = work / "greeting.py"
    greeting.write_text('def greet(name):\n    return "Hello"\n')
    done = subprocess.run(
        [
            os.environ["AUTOPACK_AGENT"],
            *OPTIONS,
            f"--model-settings-file={AGENT / 'models.yml'}",
            f"--model-metadata-file={AGENT / 'metadata.json'}",
            "--message=Greet by name",
            greeting.name,
        ],
        cwd=work,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "OPENAI_API_BASE": f"{url}/v1",
            "OPENAI_API_KEY": "sk-test",
            # Prices come with the agent, and are not fetched.
            "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "f\"Hello, {name}\"" in greeting.read_text(), done.stdout + done.stderr
    call = row_of("agent")
    assert (call["model"], call["success"]) == ("gpt-5.2", 1)
