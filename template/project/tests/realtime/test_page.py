import re

from fastapi.testclient import TestClient


def test_page_of_rooms_and_all_that_it_needs_are_there(client: TestClient) -> None:
    page = client.get("/static/rooms.html")
    assert page.status_code == 200
    places = re.findall(r'(?:href|src)="([^"]+)"', page.text)
    assert "rooms.js" in places
    for place in places:
        response = client.get(str(page.url.join(place)), follow_redirects=False)
        assert not response.is_error, place
