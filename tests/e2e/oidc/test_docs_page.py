"""The button Authorize of the documentation page, pressed in a real browser."""

import json
import urllib.request
from collections.abc import Iterator

import pytest

from tests.e2e.oidc.browser import Browser, Page, browsing, chromium
from tests.e2e.oidc.conftest import Certified

pytestmark = pytest.mark.combinations

LISTED = "#operations-items-list_items_api_v1_items_get"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    if chromium() is None:
        pytest.skip("Chromium is not installed, in which the documentation page is tried")
    with browsing(tmp_path_factory.mktemp("browser")) as browser:
        yield browser


def opened_dialogue(browser: Browser, service: str) -> Page:
    page = browser.open(f"{service}/docs")
    page.click("button.authorize")
    page.wait_for("!!document.querySelector('.auth-container')")
    return page


def list_items(page: Page) -> str:
    """Close the dialogue, try the list of items on the page, and return the status that it shows."""
    page.click(".close-modal")
    page.click(f"{LISTED} .opblock-summary-control")
    page.click(f"{LISTED} .try-out__btn")
    page.click(f"{LISTED} .execute")
    shown = f"document.querySelector('{LISTED} .live-responses-table tbody .response-col_status')?.innerText"
    status: str = page.wait_for(shown)
    return status.partition(" ")[0].strip()


LOGGED_IN = "[...document.querySelectorAll('.auth-btn-wrapper button')].some(b => b.innerText == 'Logout')"


def test_page_refuses_who_is_not_logged_in(browser: Browser, certified: Certified) -> None:
    assert list_items(opened_dialogue(browser, certified.service)) == "401"


def test_authorize_logs_in_with_the_provider(browser: Browser, certified: Certified) -> None:
    page = opened_dialogue(browser, certified.service)
    page.click("input[type=checkbox][data-value='items:read']")
    before = browser.pages()
    page.click(".auth-btn-wrapper button.authorize")
    window = browser.next_window(before)
    window.type("input[name=login]", "ada")
    window.type("input[name=password]", "any")
    window.click("button.login-submit")
    window.wait_for("!!document.querySelector('input[name=prompt][value=consent]')")
    window.click("button[type=submit]")
    page.wait_for(LOGGED_IN)
    assert list_items(page) == "200"


def test_authorize_logs_in_with_a_password(browser: Browser, with_passwords: str) -> None:
    body = json.dumps({"email": "ada@example.com", "password": "correct horse"}).encode()
    request = urllib.request.Request(  # noqa: S310 (on loopback)
        f"{with_passwords}/api/v1/auth/register", body, {"Content-Type": "application/json"}
    )
    urllib.request.urlopen(request, timeout=10).close()  # noqa: S310
    page = opened_dialogue(browser, with_passwords)
    page.type("#oauth_username", "ada@example.com")
    page.type("#oauth_password", "correct horse")
    page.click(".auth-btn-wrapper button.authorize")
    page.wait_for(LOGGED_IN)
    assert list_items(page) == "200"
