"""A picture in pages of each theme: dark where the page is, and photographs stay what they are."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser

from cnnkit import viz
from tests.browser.conftest import SCREENSHOTS

pytestmark = [pytest.mark.browser, pytest.mark.slow]
RED = np.zeros((3, 60, 60), np.uint8)
RED[0] = 200

# What the page says of its theme, whether the reader's system is dark, whether the page then is.
PAGES = {
    "JupyterLab, light": ('<body data-jp-theme-light="true">', "dark", False),
    "JupyterLab, dark": ('<body data-jp-theme-light="false">', "light", True),
    "VS Code, dark": ('<body class="vscode-dark">', "light", True),
    "VS Code, light": ('<body class="vscode-light">', "dark", False),
    "Colab, dark": ('<html theme="dark"><body>', "light", True),
    "a page with two themes, light": ('<meta name="color-scheme" content="light dark">', "light",
                                      False),
    "a page with two themes, dark": ('<meta name="color-scheme" content="light dark">', "dark",
                                     True),
    "a page that is always white": ("<body>", "dark", False),
}  # fmt: skip


@pytest.fixture(scope="module")
def bundle() -> str:
    picture = viz.images_picture({"red": RED, "red again": RED}, 2)
    return picture._repr_mimebundle_()[0]["text/html"]


@pytest.mark.parametrize("name", PAGES)
def test_a_picture_is_dark_where_its_page_is_and_a_photograph_never_changes(
    browser: Browser, bundle, name
):
    begin, system, dark = PAGES[name]
    page = browser.new_page(viewport={"width": 1280, "height": 700}, color_scheme=system)
    page.set_content(f"<!DOCTYPE html>{begin}{bundle}")
    shot = page.locator(".cnnkit-picture > span").screenshot(path=SCREENSHOTS / f"theme-{name}.png")
    seen = np.asarray(Image.open(BytesIO(shot)).convert("RGB")).astype(int)
    page.close()
    # Beside the titles, where nothing is drawn, and at the edges, where image and veil end.
    for place in ((2, -3), (-2, 3), (-2, -3), (2, 1)):
        margin = seen[place]
        assert (margin < 40).all() if dark else (margin == 255).all(), (place, margin)
    for column in (0.25, 0.75):
        middle = seen[len(seen) // 2, int(column * seen.shape[1])]
        assert np.abs(middle - RED[:, 0, 0]).max() <= 2


def test_on_a_phone_a_picture_scrolls_instead_of_becoming_too_small(browser: Browser, bundle):
    page = browser.new_page(viewport={"width": 390, "height": 700})
    page.set_content(f"<!DOCTYPE html><body>{bundle}")
    assert page.locator(".cnnkit-picture img").bounding_box()["width"] == 640
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.close()
