"""The checks of what deploys a service find faults in it."""

from pathlib import Path

from tests.proof.conftest import ProveIt, failing

FAULTY: dict[str, dict[str, str]] = {
    "dockerfile": {"Dockerfile": "FROM debian\nRUN apt-get install vim\n"},
    "compose schema": {"compose.yaml": "services: { app: { imagee: x, environment: ['A=${NOWHERE}'] } }\n"},
    "compose": {"compose.dev.yaml": "services: { app: { image: x } }\n", ".env.example": "A=\n"},
    "nginx": {"deploy/nginx/nginx.conf": "http { server { location /files { alias /data/; } } }\n"},
    "kubernetes": {
        **{
            f"deploy/kubernetes/overlays/{overlay}/kustomization.yaml": "resources: [../../base]\n"
            for overlay in ("development", "production")
        },
        "deploy/kubernetes/base/kustomization.yaml": "kind: Kustomization\nresources: [service.yaml]\n",
        "deploy/kubernetes/base/service.yaml": (
            "apiVersion: v1\nkind: Service\nmetadata: { name: a }\nspec: { selector: { b: c }, porst: [] }\n"
        ),
    },
    "manifests": {},
    "workflows": {
        ".github/workflows/ci.yml": (
            "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n"
            "      - run: echo ${{ github.event.head_commit.message }}\n"
        ),
        ".github/workflows/newest.yml": (
            "on: push\njobs: { a: { runs-on: ubuntu-latest, steps: [{ run: ls }] } }\n"
        ),
        ".github/dependabot.yml": "version: 2\nupdates: [{ package-ecosystem: uv, directory: / }]\n",
    },
    "gitlab": {".gitlab-ci.yml": "image: { script: [ls] }\n", "renovate.json": "{}\n"},
}


def test_each_check_finds_the_fault_that_is_there_for_it(template: Path, prove: ProveIt) -> None:
    for files in FAULTY.values():
        for name, text in files.items():
            path = template / "template" / "project" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    assert {check for check, _ in failing(prove("checks", loud="false"))} == set(FAULTY)
