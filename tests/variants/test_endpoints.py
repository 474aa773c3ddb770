"""Which servers may be asked: the file, the variable, and how a refusal says what to do."""

from pathlib import Path

import pytest

from core.errors import RequestError
from core.variants.address import is_this_machine, normal_address
from core.variants.endpoints import configured_endpoints, endpoint_problems, find_endpoint


@pytest.fixture(autouse=True)
def _nothing_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TRADEOFFS_ENDPOINTS", raising=False)


def configure(home: Path, text: str) -> None:
    home.mkdir(parents=True, exist_ok=True)
    (home / "endpoints.toml").write_text(text)


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("HTTP://LocalHost:8000/v1/", "http://localhost:8000/v1"),
        ("https://api.example.com:443/v1", "https://api.example.com/v1"),
        ("http://[::1]:8000/v1", "http://[::1]:8000/v1"),
        ("http://a.example/Some/Path", "http://a.example/Some/Path"),
    ],
)
def test_an_address_is_written_in_one_way(text: str, normal: str) -> None:
    assert normal_address(text) == normal


@pytest.mark.parametrize(
    "text",
    [
        "ftp://a/v1", "file:///etc/passwd", "127.0.0.1:8000", "", "http://", "http://a:port/v1",
        "http://a:99999/v1", "http://a:0/v1", "http://a b/v1", "http://a/v1\n", "http://a\\b/v1",
        "http://[::1/v1", "//a/v1",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(RequestError) as raised:
        normal_address(text)
    assert raised.value.field == "endpoint"


@pytest.mark.parametrize(
    "text",
    [
        "http://me:hunter2@a/v1", "http://hunter2@a/v1", "http://a/v1?key=hunter2",
        "http://a#hunter2", "http://me:hunter2@a b/v1", "ftp://hunter2@a",
    ],
)  # fmt: skip
def test_a_secret_in_an_address_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(RequestError) as raised:
        normal_address(text)
    assert "hunter2" not in str(raised.value)


def test_an_address_that_is_not_allowed_says_how_to_allow_it(home: Path) -> None:
    with pytest.raises(RequestError) as raised:
        find_endpoint("http://127.0.0.1:8000/v1")
    said = str(raised.value)
    assert str(home / "endpoints.toml") in said
    assert 'address = "http://127.0.0.1:8000/v1"' in said
    assert "TRADEOFFS_ENDPOINTS" in said


def test_a_server_is_found_by_name_and_by_address(home: Path) -> None:
    configure(home, '[lab]\naddress = "http://LAB:8000/v1/"\nmodels = ["m"]\n')
    assert find_endpoint("lab") == find_endpoint("http://lab:8000/v1")
    with pytest.raises(RequestError, match="not allowed") as raised:
        find_endpoint("http://lab:8001/v1")
    assert raised.value.valid == ("lab",)


def test_the_variable_lists_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRADEOFFS_ENDPOINTS", "http://a:1/v1, http://b:2/v1")
    assert list(configured_endpoints()) == ["http://a:1/v1", "http://b:2/v1"]


def test_an_entry_with_a_key_goes_before_one_without(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(home, '[lab]\naddress = "http://a:1/v1"\nkey = { env = "LAB" }\n')
    monkeypatch.setenv("TRADEOFFS_ENDPOINTS", "http://a:1/v1/")
    assert find_endpoint("http://a:1/v1").key is not None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[lab\n", "cannot be read"),
        ("[lab]\n", "address"),
        ('[lab]\naddress = "http://a/v1"\nspeed = 1\n', "speed"),
        ('[lab]\naddress = "http://a/v1"\nstall_s = 0\n', "stall_s"),
        ('[lab]\naddress = "ftp://a/v1"\n', "only http"),
        ('lab = "http://a/v1"\n', "lab"),
    ],
)
def test_a_broken_file_says_where(home: Path, text: str, told: str) -> None:
    configure(home, text)
    with pytest.raises(RequestError, match=told):
        configured_endpoints()


@pytest.mark.parametrize("key", ['"sk-in-the-file"', '{ value = "sk-in-the-file" }'])
def test_a_key_in_the_file_is_refused_and_not_repeated(home: Path, key: str) -> None:
    configure(home, f'[lab]\naddress = "http://a/v1"\nkey = {key}\n')
    with pytest.raises(RequestError) as raised:
        configured_endpoints()
    assert "sk-in-the-file" not in str(raised.value)


def test_what_stops_a_request_is_said_before_it_is_sent(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(home, '[lab]\naddress = "http://a/v1"\nmodels = ["m"]\nkey = { env = "LAB" }\n')
    monkeypatch.delenv("LAB", raising=False)
    assert [error.valid for error in endpoint_problems("lab", "other")] == [("m",)]
    assert "LAB" in str(endpoint_problems("lab", "m")[0])
    monkeypatch.setenv("LAB", "x")
    assert endpoint_problems("lab", "m") == ()


@pytest.mark.parametrize(
    ("address", "here"),
    [
        ("http://127.0.0.1:8000/v1", True),
        ("http://127.9.9.9/v1", True),
        ("http://localhost/v1", True),
        ("http://[::1]:8000", True),
        ("http://8.8.8.8/v1", False),
        ("https://api.example.com/v1", False),
    ],
)
def test_a_server_on_this_machine_is_known(address: str, here: bool) -> None:
    assert is_this_machine(address) is here
