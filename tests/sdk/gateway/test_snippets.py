"""The snippets of the book, each run as it stands but for the address."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[3] / "docs/src/runbooks/clients.md"
ADDRESS = "http://127.0.0.1:8484"
SNIPPETS = re.findall(r"^```(python|javascript)\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)
KEYS = dict.fromkeys(["OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY"], "sk-test")


def title(snippet: tuple[str, str]) -> str:
    language, code = snippet
    return f"{language}: {code.splitlines()[0].lstrip('#/ ')}"


@pytest.mark.parametrize("snippet", SNIPPETS, ids=title)
def test_snippet(snippet, url):
    language, code = snippet
    assert ADDRESS in code
    code = code.replace(ADDRESS, url)
    node_home = os.environ["AUTOPACK_NODE_HOME"]
    program = {
        "python": [sys.executable, "-c", code],
        "javascript": ["node", "--input-type=module", "--eval", code],
    }[language]
    done = subprocess.run(
        program,
        # Where Node finds the packages.
        cwd=node_home,
        env={"PATH": os.environ["PATH"], "HOME": node_home} | KEYS,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_every_client_has_one():
    assert len(SNIPPETS) == 8
