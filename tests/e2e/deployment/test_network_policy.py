"""The network policy of Kubernetes lets pods reach what the settings offer, and nothing else."""

from pathlib import Path

import pytest
import yaml

from tests.services import make_service

SMTP = {25, 465, 587}


@pytest.mark.parametrize(
    ("answers", "ports"),
    [
        ({"database": "postgresql"}, {5432}),
        ({"database": "postgresql", "auth": "oidc", "tasks": "background"}, {5432, 443, *SMTP}),
        ({"database": "postgresql", "tasks": "celery"}, {5432, 6379, 5671, 5672, *SMTP}),
        ({"database": "mongodb", "tasks": "rq", "websockets": "redis"}, {27017, 6379, *SMTP}),
    ],
)
def test_pods_reach_the_servers_of_the_settings(
    tmp_path: Path, answers: dict[str, str], ports: set[int]
) -> None:
    make_service(tmp_path / "service", deployment="kubernetes", **answers)
    file = tmp_path / "service" / "deploy" / "kubernetes" / "base" / "network-policy.yaml"
    [rule] = yaml.safe_load(file.read_text())["spec"]["egress"]
    assert {port["port"] for port in rule["ports"] if port["protocol"] == "TCP"} == {53, *ports}
