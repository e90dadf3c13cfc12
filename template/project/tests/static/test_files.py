import re

import pytest
from fastapi.testclient import TestClient

from app.static.files import PUBLIC


def test_index_page_and_all_that_it_needs_are_there(client: TestClient) -> None:
    page = client.get("/static/")
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    for place in re.findall(r'(?:href|src)="([^"]+)"', page.text):
        assert client.get(str(page.url.join(place))).status_code == 200, place


def test_file_may_be_kept_for_long(client: TestClient) -> None:
    response = client.get("/static/style.css")
    assert response.headers["cache-control"] == "public, max-age=31536000"
    assert response.headers["vary"] == "Accept-Encoding"


def test_page_is_asked_for_again(client: TestClient) -> None:
    assert client.get("/static/").headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("path", ["/static/", "/static/style.css"])
def test_unchanged_file_is_not_sent_again(client: TestClient, path: str) -> None:
    first = client.get(path)
    again = client.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["cache-control"] == first.headers["cache-control"]


@pytest.mark.parametrize(
    "path",
    [
        "/static/none.css",
        "/static/%2e%2e/files.py",
        "/static/..%2ffiles.py",
        "/static/%2e%2e%2f%2e%2e%2fconfig.py",
        "/static/..%5cfiles.py",
        "/static/%2fetc%2fpasswd",
        "/static//etc/passwd",
        "/static/style.css%00.html",
    ],
)
def test_nothing_else_is_served(client: TestClient, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"


def test_link_out_of_the_folder_is_not_followed(client: TestClient) -> None:
    link = PUBLIC / "link-of-a-test.txt"
    link.symlink_to(__file__)
    try:
        assert client.get(f"/static/{link.name}").status_code == 404
    finally:
        link.unlink()


def test_page_may_load_nothing_from_other_hosts(client: TestClient) -> None:
    policies = client.get("/static/").headers.get_list("content-security-policy")
    assert policies == ["default-src 'self'; base-uri 'none'; frame-ancestors 'none'"]
