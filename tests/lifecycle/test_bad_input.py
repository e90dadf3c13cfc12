"""Services that a step refuses: the reason is one line, and nothing changes."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.lifecycle.conftest import Make, Trellis, commit, files, git
from trellis.lifecycle.service import ANSWERS


def refused(trellis: Trellis, service: Path, *arguments: str) -> str:
    """Return the line with which a step is refused, after a look that nothing changed."""
    before = files(service)
    result = trellis(*(arguments or ("add", "store=file")), service=service)
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert files(service) == before
    [line] = result.stderr.splitlines()
    return line


def edit_answers(service: Path, old: str, new: str) -> None:
    path = service / ANSWERS
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    commit(service)


def test_uncommitted_change(make: Make, trellis: Trellis) -> None:
    service = make()
    (service / "README.md").write_text("mine")
    (service / "new.txt").write_text("mine")
    told = "you have 2 uncommitted changes: README.md, new.txt; commit first"
    assert told in refused(trellis, service)


def test_no_repository(make: Make, trellis: Trellis) -> None:
    service = make()
    shutil.rmtree(service / ".git")
    assert "is not in a Git repository; make one" in refused(trellis, service)


def test_no_commit(make: Make, trellis: Trellis) -> None:
    service = make()
    shutil.rmtree(service / ".git")
    git(service, "init", "--quiet")
    assert "the repository has no commit" in refused(trellis, service)


def test_no_git(make: Make, trellis: Trellis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    service = make()
    monkeypatch.setattr("trellis.git.GIT", str(tmp_path / "no-git"))
    assert refused(trellis, service).endswith(": git is not installed")


def test_no_service(trellis: Trellis, tmp_path: Path) -> None:
    assert f"{tmp_path} is not a Trellis service: it has no {ANSWERS}" in refused(trellis, tmp_path)


def test_no_folder(trellis: Trellis, tmp_path: Path) -> None:
    assert "is not a folder" in refused(trellis, tmp_path / "nowhere")


def test_merge_in_progress(make: Make, trellis: Trellis) -> None:
    service = make()
    git(service, "checkout", "--quiet", "-b", "other")
    (service / "other.txt").write_text("other")
    commit(service)
    git(service, "checkout", "--quiet", "main")
    commit(service)
    git(service, "merge", "--quiet", "--no-commit", "--no-ff", "other")
    told = "a merge is in progress; finish it, or abort it: git merge --abort"
    assert told in refused(trellis, service)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("store: none", "store: files", "store=files is not a choice; did you mean file?"),
        ("store: none", "stor: none", "there is no question 'stor'; did you mean store?"),
        ("store: none\n", "", "it has no answer to store"),
        ("store: none", "store: none\nkeeps: true", "'keeps' is computed from the other answers"),
        ("store: none", "store: none\nstore_style: plain", "store_style does not apply; remove the line"),
        ("project_name: Service", 'project_name: "two\\nlines"', "project_name: one line"),
        (
            "loud: false\nproject_name: Service\nstore: none",
            "loud: true\nproject_name: S\nstore: memory",
            "store=memory does not go with loud=true",
        ),
        ("store: none", "store: [", "is not YAML"),
        ("_commit: v1.0.0\n", "", "does not name the template's version (_commit)"),
        ("_src_path", "_source", "does not name the template (_src_path)"),
        ("_commit: v1.0.0", "_commit: v0.9.0", "has no version v0.9.0"),
        ("_commit: v1.0.0", "_commit: --help", "has no version --help"),
    ],
)
def test_answers_file_that_was_edited_by_hand(
    make: Make, trellis: Trellis, old: str, new: str, told: str
) -> None:
    service = make()
    edit_answers(service, old, new)
    assert told in refused(trellis, service, "switch", "project_name=Other")


@pytest.mark.parametrize(
    ("before", "old", "new"),
    [
        ({}, "store: none", "store: memory"),
        ({"store": "memory"}, "store: memory", "store: none"),
        ({}, "loud: false", "loud: true"),
        ({"store": "file"}, "store_style: plain", "store_style: careful"),
    ],
)
def test_answer_that_was_edited_by_hand_without_a_step(
    make: Make, trellis: Trellis, before: dict[str, object], old: str, new: str
) -> None:
    service = make(**before)
    edit_answers(service, old, new)
    (service / "app" / "mine.py").write_text("MINE = 1\n")
    commit(service)
    said = new.replace(": ", "=")
    told = refused(trellis, service, "switch", "project_name=Other")
    assert f"{ANSWERS} was edited by hand: it says {said}, but the service's files do not" in told
    assert told.endswith(f"~ -- {ANSWERS} && git commit {ANSWERS}), then run: trellis switch {said}")
    error = json.loads(trellis("status", "--json", service=service).stdout)["error"]
    assert error["message"] in told


def test_uncommitted_edit_of_an_answer_is_reported(make: Make, trellis: Trellis) -> None:
    service = make()
    path = service / ANSWERS
    path.write_text(path.read_text().replace("store: none", "store: memory"))
    told = trellis("status", service=service).stderr
    assert f"restore it (git checkout HEAD -- {ANSWERS}), then run: trellis switch store=memory" in told


def test_answer_of_a_step_does_not_count_as_edited_by_hand(make: Make, trellis: Trellis) -> None:
    service = make()
    assert trellis("add", "store=memory", service=service).exit_code == 0
    git(service, "add", "--all")
    git(service, "commit", "--quiet", "--message", "The answers alone", "--", ANSWERS)
    commit(service)
    shutil.rmtree(service / "app" / "store")
    commit(service)
    assert trellis("switch", "project_name=Other", "--dry-run", service=service).exit_code == 0
    assert trellis("status", service=service).exit_code == 0


def test_answer_that_no_longer_exists(make: Make, template: Path, trellis: Trellis) -> None:
    service = make(store="memory")
    feature = template / "template" / "features" / "store" / "feature.yml"
    feature.write_text(feature.read_text().replace("memory", "brain"))
    commit(template)
    git(template, "tag", "--force", "v1.0.0")
    assert "store=memory is not a choice; allowed: none, file, brain" in refused(
        trellis, service, "drop", "store"
    )


def test_missing_template(make: Make, template: Path, trellis: Trellis) -> None:
    service = make()
    template.rename(template.with_name("elsewhere"))
    assert f"the template {template} does not exist" in refused(trellis, service)


def test_unreachable_template(make: Make, template: Path, trellis: Trellis) -> None:
    service = make()
    edit_answers(service, str(template), f"file://{template}-moved.git")
    assert f"could not fetch the template file://{template}-moved.git: " in refused(trellis, service)


def test_template_whose_clone_lacks_the_version(make: Make, template: Path, trellis: Trellis) -> None:
    service = make()
    commit(template, "Later")
    shallow = template.with_name("shallow")
    git(template.parent, "clone", "--quiet", "--depth=1", "--no-tags", f"file://{template}", str(shallow))
    edit_answers(service, str(template), str(shallow))
    assert f"the template {shallow} has no version v1.0.0" in refused(trellis, service)


def test_shallow_clone_of_a_service_works(make: Make, trellis: Trellis, tmp_path: Path) -> None:
    service = make()
    commit(service)
    shallow = tmp_path / "shallow"
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{service}", str(shallow))
    assert trellis("add", "store=file", service=shallow).exit_code == 0
    assert (shallow / "app" / "store" / "__init__.py").is_file()


def test_windows_line_endings_in_the_repository(make: Make, trellis: Trellis) -> None:
    service = make()
    path = service / "README.md"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    commit(service)
    assert "README.md has Windows line endings in Git" in refused(trellis, service)


def test_windows_line_endings_in_the_working_copy_only(make: Make, trellis: Trellis, tmp_path: Path) -> None:
    service = make()
    windows = tmp_path / "windows"
    git(tmp_path, "clone", "--quiet", "--config", "core.autocrlf=true", str(service), str(windows))
    assert b"\r\n" in (windows / "README.md").read_bytes()
    assert trellis("add", "store=file", service=windows).exit_code == 0
    for path in (windows / "README.md", windows / "app" / "store" / "__init__.py"):
        assert path.read_bytes().count(b"\n") == path.read_bytes().count(b"\r\n") > 0
    assert "README.md" not in git(windows, "diff", "--name-only", "--ignore-all-space", "--", "serve")


@pytest.mark.parametrize("name", ["app", "README.md", "app/store", ANSWERS])
def test_symbolic_link_out_of_the_tree(make: Make, trellis: Trellis, tmp_path: Path, name: str) -> None:
    service, outside = make(), tmp_path / "outside"
    path = service / name
    if path.exists():
        path.rename(outside)
    else:
        outside.mkdir()
    path.symlink_to(outside)
    commit(service)
    before = files(tmp_path)
    told = refused(trellis, service)
    assert f"{name} is a symbolic link" in told
    assert files(tmp_path) == before


def test_symbolic_link_of_the_users_own_stays(make: Make, trellis: Trellis, tmp_path: Path) -> None:
    service = make()
    (service / "shared").symlink_to(tmp_path)
    commit(service)
    assert trellis("add", "store=file", service=service).exit_code == 0
    assert os.readlink(service / "shared") == str(tmp_path)  # noqa: PTH115 (where it leads)
    assert " shared" not in git(service, "status", "--porcelain")


def test_change_that_is_hidden_from_git(make: Make, trellis: Trellis) -> None:
    service = make()
    git(service, "update-index", "--assume-unchanged", "README.md")
    (service / "README.md").write_text("mine")
    result = trellis("add", "store=file", service=service)
    assert result.exit_code == 2
    assert "README.md is hidden from git status" in result.stderr
    assert (service / "README.md").read_text() == "mine"


def test_variables_of_another_repository_lead_nowhere_else(make: Make, tmp_path: Path) -> None:
    service = make()
    variables = {"GIT_DIR": str(tmp_path / "elsewhere"), "GIT_INDEX_FILE": str(tmp_path / "index")}
    command = [sys.executable, "-m", "trellis", "add", "store=file", "--service", str(service)]
    subprocess.run(command, env=os.environ | variables, check=True, capture_output=True)
    assert (service / "app" / "store" / "__init__.py").is_file()
