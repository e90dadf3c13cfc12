from pathlib import Path

import pytest

from trellis.proof.checks.kubernetes import kubernetes_problems

MANIFESTS = {
    "deployment": """
kind: Deployment
metadata: { name: app }
spec:
  selector: { matchLabels: { part: app } }
  template:
    metadata: { labels: { part: app } }
    spec: { containers: [{ name: app, ports: [{ name: http }] }] }
""",
    "service": """
kind: Service
metadata: { name: app }
spec: { selector: { part: app }, ports: [{ port: 80, targetPort: http }] }
""",
    "scaler": """
kind: HorizontalPodAutoscaler
metadata: { name: app }
spec: { scaleTargetRef: { kind: Deployment, name: app } }
""",
    "ingress": """
kind: Ingress
metadata: { name: app }
spec: { rules: [{ http: { paths: [{ backend: { service: { name: app } } }] } }] }
""",
    "policy": """
kind: NetworkPolicy
metadata: { name: app }
spec: { podSelector: { }, ingress: [{ ports: [{ port: http }] }] }
""",
}


def found(folder: Path, manifests: dict[str, str]) -> list[str]:
    base = folder / "deploy" / "kubernetes" / "base"
    base.mkdir(parents=True)
    (base / "kustomization.yaml").write_text("kind: Kustomization\n")
    for name, text in manifests.items():
        (base / f"{name}.yaml").write_text(text)
    return list(kubernetes_problems(folder))


def test_manifests_that_fit_together_have_no_problem(tmp_path: Path) -> None:
    assert found(tmp_path, MANIFESTS) == []


def test_each_document_of_a_file_is_checked(tmp_path: Path) -> None:
    assert found(tmp_path, {"all": "---".join(MANIFESTS.values())}) == []
    other = MANIFESTS["ingress"].replace("name: app } }", "name: web } }")
    problems = found(tmp_path / "other", {"all": "---".join([*MANIFESTS.values(), other])})
    assert problems == ["Ingress app: there is no Service web"]


@pytest.mark.parametrize(
    ("name", "old", "new", "problem"),
    [
        ("service", "part: app", "part: web", "Service app: no pod has the labels {'part': 'web'}"),
        ("service", "targetPort: http", "targetPort: web", "Service app: no pod has the port web"),
        ("policy", "port: http", "port: web", "NetworkPolicy app: no pod has the port web"),
        (
            "scaler",
            "Deployment, name: app",
            "Deployment, name: web",
            "HorizontalPodAutoscaler app: there is no Deployment web",
        ),
        ("ingress", "service: { name: app", "service: { name: web", "Ingress app: there is no Service web"),
    ],
)
def test_name_that_nothing_has_is_found(tmp_path: Path, name: str, old: str, new: str, problem: str) -> None:
    assert old in MANIFESTS[name]
    problems = found(tmp_path, MANIFESTS | {name: MANIFESTS[name].replace(old, new)})
    assert problem in problems
