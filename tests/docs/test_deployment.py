"""What docs/deployment.md says: proxies with a real browser, the unit, the container file."""

import contextlib
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.browser.chromium import FLAGS, find_chromium, open_page
from tests.browser.server import ROOT, Server, free_port, serve

PAGE = (ROOT / "docs" / "deployment.md").read_text(encoding="utf-8")
CONTAINER = (ROOT / "Containerfile").read_text(encoding="utf-8")
NGINX_FRAME = """daemon off; pid {folder}/pid; error_log {folder}/error.log;
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}/1; proxy_temp_path {folder}/2; fastcgi_temp_path {folder}/3;
  uwsgi_temp_path {folder}/4; scgi_temp_path {folder}/5;
  {server}
}}
"""


def block(language: str) -> str:
    """The page's only block of code in that language."""
    (found,) = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    return str(found)


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A dashboard with the base path and the host name of the page."""
    flags = ("--server.baseUrlPath=lab", "--server.allowedHosts=lab.example")
    folder = tmp_path_factory.mktemp("behind")
    with serve(ROOT / "app.py", folder, *flags, base_path="/lab") as server:
        yield server


@contextlib.contextmanager
def proxy(name: str, behind: Server, folder: Path) -> Iterator[int]:
    """The proxy with the page's own settings, without TLS and on a port of its own."""
    port, program = free_port(), shutil.which(name) or shutil.which(f"/usr/sbin/{name}")
    if program is None:
        pytest.skip(f"{name} is not installed")
    settings = block(name).replace("127.0.0.1:8501", behind.url.removeprefix("http://"))
    if name == "nginx":
        server = re.sub(r" *ssl_certificate.*\n", "", settings).replace("443 ssl", str(port))
        text, flags = NGINX_FRAME.format(folder=folder, server=server), ["-c"]
    else:
        text = settings.replace("lab.example {", f"http://lab.example:{port} {{")
        flags = ["run", "--adapter", "caddyfile", "--config"]
        text = "{\n  admin off\n}\n" + text
    file = folder / "settings"
    file.write_text(text)
    process = subprocess.Popen([program, *flags, str(file)], stderr=subprocess.DEVNULL)
    try:
        yield port
    finally:
        process.terminate()
        process.wait(timeout=20)


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("name", ["nginx", "caddy"])
def test_the_dashboard_answers_through_the_proxy_of_the_page(
    name: str, behind: Server, tmp_path: Path
) -> None:
    executable = find_chromium()
    if executable is None:
        pytest.skip("Chromium is not installed")
    with proxy(name, behind, tmp_path) as port, sync_playwright() as playwright:
        names = "--host-resolver-rules=MAP *.example 127.0.0.1"
        browser = playwright.chromium.launch(executable_path=executable, args=[*FLAGS, names])
        page = browser.new_page()
        refused: list[str] = []
        note = refused.append
        page.on("websocket", lambda one: one.on("socketerror", lambda why: note(why)))
        open_page(page, f"http://lab.example:{port}/lab/history")
        expect(page.get_by_role("heading", name="History")).to_be_visible()
        assert refused == []
        if name == "nginx":
            answer = page.goto(f"http://evil.example:{port}/lab/")
            assert answer is not None
            assert answer.status == 403
        browser.close()


def test_the_unit_is_understood(tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is not installed")
    unit = tmp_path / "llm-tradeoffs.service"
    text = block("ini").replace("/srv/llm-tradeoffs/.venv/bin/python", shutil.which("true") or "")
    unit.write_text(text.replace("User=lab", "User=root"))
    done = subprocess.run([program, "verify", unit], capture_output=True, text=True, check=False)
    assert [line for line in done.stderr.splitlines() if "llm-tradeoffs.service" in line] == []


def test_what_the_container_copies_is_there() -> None:
    copied = [word for line in re.findall(r"^COPY (.*)$", CONTAINER, re.MULTILINE)
              for word in line.split()[:-1]]  # fmt: skip
    assert "app.py" in copied
    assert [path for path in copied if not (ROOT / path).exists()] == []


def test_the_container_has_what_the_program_reads() -> None:
    """Folders of code, and files beside them that the code names."""
    needed = {"app.py", "pages", "core", "docs/method.md", ".streamlit/config.toml"}
    needed |= {path.name for path in ROOT.glob("requirements*.txt")}
    needed -= {f"requirements-{name}.txt" for name in ("dev", "ray", "tools")}
    copied = {word for line in re.findall(r"^COPY (.*)$", CONTAINER, re.MULTILINE)
              for word in line.split()[:-1]}  # fmt: skip
    assert needed - copied == set()


@pytest.mark.parametrize("text", [PAGE, CONTAINER], ids=["page", "container"])
def test_every_variable_is_known_to_the_program(text: str) -> None:
    named = set(re.findall(r"TRADEOFFS_[A-Z_]+", text)) - {"TRADEOFFS_"}
    source = "\n".join(
        file.read_text(encoding="utf-8")
        for folder in ("core", "pages")
        for file in (ROOT / folder).rglob("*.py")
    )
    assert named
    assert [name for name in sorted(named) if name not in source] == []


def test_the_container_runs_as_nobody_special() -> None:
    users = re.findall(r"^USER (\S+)$", CONTAINER, re.MULTILINE)
    assert users == ["lab"]
    last = max(CONTAINER.rfind("\nRUN "), CONTAINER.rfind("\nCOPY "))
    assert last < CONTAINER.index("\nUSER ") < CONTAINER.index("\nCMD ")
