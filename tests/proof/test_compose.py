from pathlib import Path

import pytest

from trellis.proof.checks.compose import compose_problems

COMPOSE = """
services:
  app:
    environment: { HOSTS: "${HOSTS:-localhost}" }
    depends_on: [database]
    volumes: ["./files:/files"]
  database:
    volumes: ["database:/data"]
    secrets: [password]
    networks: [inner]
volumes: { database: }
secrets: { password: { file: secrets/password } }
networks: { inner: }
"""


def found(folder: Path, compose: str, development: str = "services: { app: }") -> list[str]:
    (folder / "compose.yaml").write_text(compose)
    (folder / "compose.dev.yaml").write_text(development)
    (folder / ".env.example").write_text("# HOSTS=*\n")
    return list(compose_problems(folder))


def test_file_in_which_all_fits_together_has_no_problem(tmp_path: Path) -> None:
    assert found(tmp_path, COMPOSE) == []


def test_service_without_compose_has_no_problem(tmp_path: Path) -> None:
    assert list(compose_problems(tmp_path)) == []


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("${HOSTS", "${NAMES", "NAMES is not in .env.example"),
        ("depends_on: [database]", "", "nothing needs the service database"),
        ("depends_on: [database]", "depends_on: [database, cache]", "there is no service cache"),
        ('["database:/data"]', "[]", "nothing needs the volume database"),
        ("volumes: { database: }", "", "there is no volume database"),
        ("[password]", "[]", "nothing needs the secret password"),
        ("[password]", "[password, { source: key }]", "there is no secret key"),
        ("networks: [inner]", "", "nothing needs the network inner"),
    ],
)
def test_what_does_not_fit_is_found(tmp_path: Path, old: str, new: str, problem: str) -> None:
    assert old in COMPOSE
    assert found(tmp_path, COMPOSE.replace(old, new)) == [f"compose.yaml: {problem}"]


def test_development_of_a_service_that_is_not_there_is_found(tmp_path: Path) -> None:
    problems = found(tmp_path, COMPOSE, "services: { worker: }")
    assert problems == ["compose.dev.yaml: there is no service worker"]
