"""Checks of manifests beyond their schemas: all names that they refer to exist."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

Manifest = Mapping[str, Any]


def kubernetes_problems(folder: Path) -> Iterator[str]:
    """Find names in a service's manifests that do not exist."""
    base = folder / "deploy" / "kubernetes" / "base"
    files = sorted(base.glob("*.yaml"))
    found = [one for file in files for one in yaml.safe_load_all(file.read_text(encoding="utf-8"))]
    manifests = [manifest for manifest in found if manifest["kind"] != "Kustomization"]
    pods = [m["spec"]["template"] for m in manifests if "template" in m["spec"]]
    for manifest in manifests:
        for problem in _selections(manifest, pods):
            yield f"{manifest['kind']} {manifest['metadata']['name']}: {problem}"
        for kind, name in _references(manifest):
            if (kind, name) not in {(m["kind"], m["metadata"]["name"]) for m in manifests}:
                yield f"{manifest['kind']} {manifest['metadata']['name']}: there is no {kind} {name}"


def _selections(manifest: Manifest, pods: list[Manifest]) -> Iterator[str]:
    """Find labels and ports that no pod has."""
    spec = manifest["spec"]
    selector = spec.get("selector", spec.get("podSelector", {}))
    labels = selector.get("matchLabels", selector)
    chosen = [pod for pod in pods if labels.items() <= pod["metadata"]["labels"].items()]
    if not chosen:
        yield f"no pod has the labels {labels}"
    containers = [container for pod in chosen for container in pod["spec"]["containers"]]
    named = {port["name"] for container in containers for port in container.get("ports", ())}
    ports = [port.get("targetPort") for port in spec.get("ports", ())]
    ports += [port["port"] for rule in spec.get("ingress", ()) for port in rule["ports"]]
    for port in ports:
        if port is not None and port not in named:
            yield f"no pod has the port {port}"


def _references(manifest: Manifest) -> Iterator[tuple[str, str]]:
    """Return the kind and name of each object that a manifest refers to."""
    spec = manifest["spec"]
    if target := spec.get("scaleTargetRef"):
        yield target["kind"], target["name"]
    for rule in spec.get("rules", ()):
        for path in rule["http"]["paths"]:
            yield "Service", path["backend"]["service"]["name"]
