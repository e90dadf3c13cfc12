import json
from types import SimpleNamespace

import pytest

from trellis.address import checked_address, has_credentials, public_address
from trellis.copier_internals import get_repo
from trellis.errors import BadInputError
from trellis.template_source import known_address


@pytest.mark.parametrize(
    ("text", "public"),
    [
        ("https://git.example.com/trellis.git", "https://git.example.com/trellis.git"),
        ("https://git.example.com/trellis/", "git+https://git.example.com/trellis"),
        ("https://github.com/org/trellis", "https://github.com/org/trellis.git"),
        ("gh:org/trellis", "https://github.com/org/trellis.git"),
        ("git+https://git.example.com/trellis", "git+https://git.example.com/trellis"),
        ("https://ada@git.example.com/trellis.git", "https://git.example.com/trellis.git"),
        ("https://ada:secret@git.example.com:8443/t.git", "https://git.example.com:8443/t.git"),
        ("https://[2001:db8::1]/trellis.git", "https://[2001:db8::1]/trellis.git"),
        ("git@git.example.com:org/trellis", "git@git.example.com:org/trellis"),
        ("gitea@git.example.com:org/trellis", "git+gitea@git.example.com:org/trellis"),
        ("ssh://git@git.example.com:2222/trellis.git", "ssh://git@git.example.com:2222/trellis.git"),
        ("ssh://ada:secret@git.example.com/trellis", "git+ssh://ada@git.example.com/trellis"),
        ("git://git.example.com/trellis", "git://git.example.com/trellis"),
    ],
)
def test_public_address_has_no_credentials_and_is_one_that_copier_reads(text: str, public: str) -> None:
    assert public_address(text) == public
    assert get_repo(public) == public.removeprefix("git+")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/srv/git/trellis.git",
        "../trellis",
        "C:\\trellis",
        "file:///srv/git/trellis.git",
        "http://localhost:3000/trellis.git",
        "http://127.0.0.1/trellis.git",
        "git@localhost:trellis.git",
        "https://git.example.com",
        "https://git.example.com/trellis.git?private_token=secret",
        "ext::sh -c anything",
        "ssh://-oProxyCommand=anything/trellis.git",
        "-oProxyCommand=anything@git.example.com:trellis",
        "https://git.example.com:port/trellis.git",
    ],
)
def test_address_of_this_machine_alone_is_not_public(text: str) -> None:
    assert public_address(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "https://ada:secret@h/t.git",
        "https://secret@h/t.git",
        "ssh://git:secret@h/t",
        "git+https://secret@h/t",
    ],
)
def test_credentials_in_an_address_are_refused(text: str) -> None:
    assert has_credentials(text)
    with pytest.raises(BadInputError, match="contains credentials") as refusal:
        checked_address(text)
    assert "secret" not in str(refusal.value)


@pytest.mark.parametrize("text", ["", " ", "--upload-pack=anything", "https://h/t.git\nmore"])
def test_what_is_not_an_address_is_refused(text: str) -> None:
    with pytest.raises(BadInputError, match="is not an address"):
        checked_address(text)


@pytest.mark.parametrize(
    ("origin", "address"),
    [
        ({"url": "https://h/t.git", "vcs_info": {"vcs": "git", "commit_id": "0" * 40}}, "https://h/t.git"),
        ({"url": "https://ada:secret@h/t.git", "vcs_info": {"vcs": "git"}}, "https://h/t.git"),
        ({"url": "file:///srv/t.git", "vcs_info": {"vcs": "git"}}, None),
        ({"url": "file:///srv/trellis", "dir_info": {}}, None),
        ({"url": "https://h/trellis.whl", "archive_info": {}}, None),
        (None, None),
    ],
)
def test_trellis_that_was_installed_from_a_repository_knows_its_address(
    monkeypatch: pytest.MonkeyPatch, origin: object, address: str | None
) -> None:
    def read_text(_name: str) -> str | None:
        return json.dumps(origin) if origin else None

    def distribution(_name: str) -> SimpleNamespace:
        return SimpleNamespace(read_text=read_text)

    monkeypatch.setattr("trellis.template_source.distribution", distribution)
    assert known_address() == address
