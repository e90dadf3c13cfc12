"""A real nginx on loopback with a service's own configuration, adapted to this machine."""

import re
import shutil
import signal
import subprocess
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path
from ssl import SSLContext, create_default_context

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tests.services import free_port
from trellis.template_source import template_root

_TEMPLATE = "template/project/deploy/nginx/nginx.conf"
_TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
_HTTP2_DIRECTIVE = (1, 25, 1)


@dataclass(frozen=True)
class Answer:
    """What nginx answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Nginx:
    """A running nginx."""

    folder: Path
    http: int
    https: int
    tls: SSLContext

    def connect(self, client: str = "127.0.0.1") -> HTTPSConnection:
        """Return a connection, not yet open, from this address of loopback."""
        return HTTPSConnection(
            "localhost", self.https, timeout=30, context=self.tls, source_address=(client, 0)
        )

    def ask(
        self,
        path: str,
        *,
        method: str = "GET",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        client: str = "127.0.0.1",
    ) -> Answer:
        """Return the answer to a request over TLS."""
        return _ask(self.connect(client), method, path, body, headers or {})

    def ask_plainly(self, path: str) -> Answer:
        """Return the answer to a request without TLS."""
        return _ask(HTTPConnection("127.0.0.1", self.http, timeout=30), "GET", path, None, {})

    @property
    def spare_file(self) -> Path:
        """The file that is there while the spare service answers."""
        return self.folder / "spare"

    @property
    def log(self) -> str:
        """The access log so far."""
        return (self.folder / "access.log").read_text()


def _ask(
    connection: HTTPConnection, method: str, path: str, body: bytes | None, headers: Mapping[str, str]
) -> Answer:
    try:
        connection.request(method, path, body, dict(headers))
        response = connection.getresponse()
        return Answer(
            response.status, {name.title(): value for name, value in response.getheaders()}, response.read()
        )
    finally:
        connection.close()


def configuration(**answers: object) -> str:
    """Render the configuration with these answers."""
    jinja = Environment(
        block_start_string="# {%",
        loader=FileSystemLoader(template_root()),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # noqa: S701 (no HTML)
    )
    given = {"env_prefix": "", "static_files": True, "stream_paths": (), "login_paths": (), **answers}
    return jinja.get_template(_TEMPLATE).render(given)


@contextmanager
def nginx(
    service: Path, folder: Path, upstream: int, spare: int | None = None, **paths: Sequence[str]
) -> Generator[Nginx]:
    """Run nginx in front of a port of loopback, and of a spare one, until the end of the block.

    Args:
        service: whose certificates and files it serves, and whose configuration it has.
        folder: for what it writes.
        upstream: the port of the service.
        spare: the port of what answers while the service is replaced.
        paths: render the configuration again, with these `stream_paths` and `login_paths`.

    """
    make_certificate(service)
    certificates = service / "deploy" / "nginx" / "certificates"
    http, https = free_port(), free_port()
    conf = folder / "nginx.conf"
    text = configuration(**paths) if paths else (service / "deploy" / "nginx" / "nginx.conf").read_text()
    conf.write_text(_adapted(text, service, folder, (http, https), (upstream, spare or free_port())))
    process = subprocess.Popen([_program(), "-p", folder, "-c", conf, "-g", "daemon off;"])
    try:
        running = Nginx(folder, http, https, create_default_context(cafile=certificates / "fullchain.pem"))
        _wait(running, process)
        yield running
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(10)


def check(service: Path, folder: Path, **answers: object) -> str:
    """Let nginx itself look at the configuration, and return what it says."""
    make_certificate(service)
    conf = folder / "nginx.conf"
    ports = (free_port(), free_port())
    conf.write_text(_adapted(configuration(**answers), service, folder, ports, (free_port(), free_port())))
    command = [_program(), "-p", folder, "-c", conf, "-t"]
    return subprocess.run(command, check=False, capture_output=True, text=True).stderr


def make_certificate(service: Path) -> None:
    """Make the certificate for development, as a user does it."""
    script = ["sh", "deploy/nginx/certificate.sh"]
    subprocess.run(script, cwd=service, check=True, capture_output=True)


def _adapted(
    text: str, service: Path, folder: Path, listen: tuple[int, int], upstream: tuple[int, int]
) -> str:
    nginx = service / "deploy" / "nginx"
    temporary = "".join(f"{name}_temp_path {folder}/{name};\n" for name in _TEMPORARY)
    changes = {
        "user nginx;\n": "user root;\n",
        "/run/nginx.pid": f"{folder}/nginx.pid",
        "/dev/stderr": f"{folder}/error.log",
        "/dev/stdout": f"{folder}/access.log",
        "http {\n": f"http {{\n{temporary}",
        "/etc/nginx/certificates": f"{nginx}/certificates",
        "/srv/acme": f"{nginx}/acme",
        "listen 80;": f"listen 127.0.0.1:{listen[0]};",
        "listen 443 ssl;": f"listen 127.0.0.1:{listen[1]} ssl;",
        "resolver 127.0.0.11 valid=2s;\n": "",
        "server app:8000 resolve ": f"server 127.0.0.1:{upstream[0]} ",
        "spare:8000": f"127.0.0.1:{upstream[1]}",
        "/run/spare": f"{folder}/spare",
    }
    if _version() < _HTTP2_DIRECTIVE:
        changes |= {" ssl;\n        http2 on;": " ssl http2;"}
    if "static_cache_control" in text:
        changes |= {"/srv/static/": f"{service}/app/static/public/"}
    for old, new in changes.items():
        assert old in text, old
        text = text.replace(old, new)
    return text


def _program() -> str:
    return shutil.which("nginx") or "/usr/sbin/nginx"


def is_available() -> bool:
    """Tell whether this machine has nginx."""
    return Path(_program()).exists()


def _version() -> tuple[int, ...]:
    said = subprocess.run([_program(), "-v"], check=True, capture_output=True, text=True).stderr
    return tuple(map(int, re.findall(r"\d+", said.partition("/")[2])[:3]))


def _wait(running: Nginx, process: subprocess.Popen[bytes]) -> None:
    for _ in range(100):
        try:
            running.ask_plainly("/")
        except OSError:
            assert process.poll() is None, (running.folder / "error.log").read_text()
        else:
            return
        try:
            process.wait(0.05)
        except subprocess.TimeoutExpired:
            continue
    raise AssertionError((running.folder / "error.log").read_text())
