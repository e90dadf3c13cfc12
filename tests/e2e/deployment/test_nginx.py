"""A real nginx in front of a real service."""

import json
import re
import ssl
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from websockets.sync.client import connect

from tests.e2e.deployment.conftest import add_probe, served
from tests.e2e.deployment.nginx import Answer, Nginx, check, is_available, nginx
from tests.e2e.deployment.restarting import Containers, answers_during, restart
from tests.e2e.deployment.test_servers import SERVERS
from tests.services import install, make_service

pytestmark = [
    pytest.mark.combinations,
    pytest.mark.skipif(not is_available(), reason="nginx is not installed (apt-get install nginx-light)"),
]

PATHS = {
    "stream_paths": ["/probe/echo", "/probe/events", "/probe/client/upgrade"],
    "login_paths": ["/probe/client"],
}
BEHIND = {"TRUSTED_PROXIES": "127.0.0.1", "SERVER_DRAIN_TIME": "0.5"}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a service with the probe, installed."""
    service = tmp_path_factory.mktemp("nginx") / "service"
    make_service(service, deployment="nginx", static_files=True)
    add_probe(service)
    install(service)
    return service


@pytest.fixture(scope="module")
def front(service: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nginx]:
    """Return nginx in front of the service."""
    folder = tmp_path_factory.mktemp("front")
    with served(service, BEHIND) as running, nginx(service, folder, running.port, **PATHS) as front:
        yield front


def problem(answer: Answer) -> dict[str, object]:
    assert answer.headers["Content-Type"] == "application/problem+json"
    found: dict[str, object] = json.loads(answer.body)
    assert found["status"] == answer.status
    return found


@pytest.mark.parametrize("static_files", [True, False])
@pytest.mark.parametrize("paths", [PATHS, {}])
def test_nginx_itself_accepts_the_configuration(
    service: Path, tmp_path: Path, paths: dict[str, list[str]], *, static_files: bool
) -> None:
    assert re.fullmatch(
        r"nginx: the configuration file \S+ syntax is ok\nnginx: .* test is successful\n",
        check(service, tmp_path, static_files=static_files, **paths),
    )


def test_plain_http_is_redirected(front: Nginx) -> None:
    answer = front.ask_plainly("/api/v1/items?q=a")
    assert answer.status == 308
    assert answer.headers["Location"] == "https://127.0.0.1/api/v1/items?q=a"


def test_challenges_of_acme_are_served_without_tls(front: Nginx, service: Path) -> None:
    challenge = service / "deploy" / "nginx" / "acme" / ".well-known" / "acme-challenge" / "token"
    challenge.parent.mkdir(parents=True)
    challenge.write_text("proof")
    assert front.ask_plainly("/.well-known/acme-challenge/token").body == b"proof"


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_modern_tls_is_spoken(front: Nginx, service: Path, version: ssl.TLSVersion) -> None:
    context = ssl.create_default_context(cafile=service / "deploy/nginx/certificates/fullchain.pem")
    context.minimum_version = context.maximum_version = version
    assert Nginx(front.folder, front.http, front.https, context).ask("/health/live").status == 200


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated")
def test_old_tls_is_refused(front: Nginx, service: Path) -> None:
    context = ssl.create_default_context(cafile=service / "deploy/nginx/certificates/fullchain.pem")
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises(ssl.SSLError, match="PROTOCOL_VERSION"):
        Nginx(front.folder, front.http, front.https, context).ask("/health/live")


def test_http_2_is_offered(front: Nginx, service: Path) -> None:
    context = ssl.create_default_context(cafile=service / "deploy/nginx/certificates/fullchain.pem")
    context.set_alpn_protocols(["h2"])
    connection = Nginx(front.folder, front.http, front.https, context).connect()
    connection.connect()
    assert isinstance(connection.sock, ssl.SSLSocket)
    assert connection.sock.selected_alpn_protocol() == "h2"
    connection.close()


def test_answers_of_the_service_pass_with_its_headers_and_those_of_tls(front: Nginx) -> None:
    answer = front.ask("/nowhere")
    assert problem(answer)["instance"] == "/nowhere"
    assert "X-Process-Time" in {name.title() for name in answer.headers}
    assert answer.headers["Strict-Transport-Security"] == "max-age=63072000"
    assert answer.headers["Server"] == "nginx"


@pytest.mark.parametrize(
    ("sent", "logged"), [("Order-7", "Order-7"), ('x"y', "[0-9a-f]{32}"), ("", "[0-9a-f]{32}")]
)
def test_request_id_is_one_in_log_service_and_answer(front: Nginx, sent: str, logged: str) -> None:
    answer = front.ask(f"/health/live?{sent!r}", headers={"X-Request-ID": sent})
    headers = {name.lower(): value for name, value in answer.headers.items()}
    assert re.fullmatch(logged, headers["x-request-id"])
    time.sleep(0.1)
    entry = json.loads(front.log.splitlines()[-1])
    assert entry["request_id"] == headers["x-request-id"]
    assert (entry["status"], entry["client"]) == (200, "127.0.0.1")


def test_client_is_known_to_the_service_whatever_it_claims(front: Nginx) -> None:
    claimed = {
        "X-Forwarded-For": "203.0.113.7",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "http",
    }
    client = json.loads(front.ask("/probe/client", headers=claimed, client="127.0.0.9").body)
    assert (client["host"], client["scheme"]) == ("127.0.0.9", "https")


def test_host_keeps_the_port_that_the_browser_sees(front: Nginx) -> None:
    client = json.loads(front.ask("/probe/client").body)
    assert client["name"] == f"localhost:{front.https}"


@pytest.mark.parametrize(
    ("path", "kept"), [("/static/", "no-cache"), ("/static/style.css", "public, max-age=31536000")]
)
def test_static_files_come_from_nginx_as_the_service_would_send_them(
    front: Nginx, service: Path, path: str, kept: str
) -> None:
    answer = front.ask(path, headers={"Accept-Encoding": "identity"})
    name = path.removeprefix("/static/") or "index.html"
    assert answer.body == (service / "app" / "static" / "public" / name).read_bytes()
    assert answer.headers["Cache-Control"] == kept
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "x-process-time" not in {name.lower() for name in answer.headers}
    assert problem(front.ask("/static../files.py"))["status"] == 404
    assert problem(front.ask("/static/nothing.css"))["title"] == "Not Found"


def test_long_answers_are_compressed(front: Nginx) -> None:
    answer = front.ask("/openapi.json", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"


def test_body_over_the_limit_of_the_service_is_refused(front: Nginx) -> None:
    def status(size: int) -> Answer:
        return front.ask("/probe/length", method="POST", body=b"a" * size)

    assert status(1_000_000).body == b"1000000"
    assert problem(status(1_000_001))["title"] == "Content Too Large"


def test_clients_that_ask_too_often_are_told_so(front: Nginx) -> None:
    answers = [front.ask("/probe/client", client="127.0.0.20") for _ in range(8)]
    assert [answer.status for answer in answers[:6]] == [200] * 6
    refused = answers[-1]
    assert problem(refused)["title"] == "Too Many Requests"
    assert refused.headers["Retry-After"] == "1"
    assert front.ask("/probe/client", client="127.0.0.21").status == 200


def test_general_limit_is_for_each_client(front: Nginx) -> None:
    def ask(client: str) -> int:
        return front.ask("/health/live", client=client).status

    with ThreadPoolExecutor(16) as pool:
        statuses = list(pool.map(ask, ["127.0.0.30"] * 400))
    assert 429 in statuses
    assert statuses.count(200) > 100
    assert ask("127.0.0.31") == 200


def test_websocket_passes(front: Nginx) -> None:
    url = f"wss://localhost:{front.https}/probe/echo"
    with connect(url, ssl=front.tls) as websocket:
        for text in ("hello", "again"):
            websocket.send(text)
            assert websocket.recv(timeout=5) == text


def test_no_other_upgrade_passes(front: Nginx) -> None:
    headers = {"Connection": "Upgrade, HTTP2-Settings", "Upgrade": "h2c", "HTTP2-Settings": "AAMAAABk"}
    assert json.loads(front.ask("/probe/client/upgrade", headers=headers).body)["upgrade"] == ""


def test_events_pass_one_by_one(front: Nginx) -> None:
    connection = front.connect()
    connection.request("GET", "/probe/events")
    response = connection.getresponse()
    arrivals = [(response.readline(), time.monotonic()) for _ in range(6)]
    assert [line for line, _ in arrivals[::2]] == [b"data: 0\n", b"data: 1\n", b"data: 2\n"]
    assert arrivals[4][1] - arrivals[0][1] > 0.3
    connection.close()


def test_service_that_is_down_gives_a_problem_document(service: Path, tmp_path: Path) -> None:
    with served(service, BEHIND) as running:
        port = running.port
    with nginx(service, tmp_path, port) as front:
        answer = front.ask('/api/v1/items?q="x"')
        assert answer.status == 502
        assert problem(answer)["instance"] == "/api/v1/items"
        assert problem(answer)["detail"] == "The service does not answer."
        assert answer.headers["Retry-After"] == "5"
        assert problem(front.ask('/a"b'))["instance"] == "/"


@pytest.mark.parametrize("server", SERVERS)
def test_no_request_is_lost_while_the_service_is_replaced(tmp_path: Path, server: str) -> None:
    service, folder = tmp_path / "service", tmp_path / "front"
    make_service(service, deployment="nginx", server=server)
    install(service)
    folder.mkdir()
    with (
        Containers(lambda port: served(service, BEHIND, port)) as containers,
        nginx(service, folder, containers.ports["app"], containers.ports["spare"]) as front,
    ):
        steps = containers.steps(front)
        answers = answers_during(lambda: restart(service, tmp_path, steps), front, {}, 1500)
    assert set(answers) == {("GET", 200), ("POST", 201)}
