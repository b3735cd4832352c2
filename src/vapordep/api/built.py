"""The pages that were built from `web/`, the reactor's own first. Without them, a page that says what to do."""

from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from fastapi import FastAPI
from fastapi.responses import HTMLResponse, Response

from vapordep.accounts.roles import Right
from vapordep.api.access.doorkeeper import Needs
from vapordep.api.answers import refusals

PAGES = ("/", "/recipes", "/recipes/{origin}/{name}", "/runs", "/runs/{run}", "/compare", "/alarms", "/settings")
PUBLIC = frozenset({"/assets/{name}"})
"""What they are made of tells nothing of anybody."""
TYPES = {".js": "text/javascript", ".css": "text/css"}
MISSING = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>vapordep</title><link rel="stylesheet" href="/style.css">
<main><h1>These pages have not been built</h1>
<section><p>vapordep was installed from its sources with VAPORDEP_WEB=skip. Install it again without:</p>
<p><code>pip install .</code></p>
<p><a href="/plain">The plain page</a> is there all the same.</p></section></main></html>
"""


def is_one(path: str) -> bool:
    """Whether it is the address of one of these pages."""
    return path.split("/")[1] in {page.split("/")[1] for page in PAGES}


def add(app: FastAPI) -> None:
    """Adds the routes; one page serves all, and finds by its address what to show."""

    def show() -> HTMLResponse:
        return HTMLResponse(_page())

    for page in PAGES:
        app.get(page, include_in_schema=False, dependencies=[Needs(Right.READ)])(show)

    @app.get("/assets/{name}", include_in_schema=False)
    def asset(name: str) -> Response:
        found = _assets().get(name)
        if found is None:
            return refusals.refusal(
                404, "NotThere", "there is no such file", f"/assets/{name[:60]}", "load the page anew"
            )
        return Response(found, media_type=TYPES[name[name.rindex(".") :]])


def _built() -> Traversable:
    return files("vapordep") / "_web"


@cache
def _page() -> str:
    index = _built() / "index.html"
    return index.read_text(encoding="utf-8") if index.is_file() else MISSING


@cache
def _assets() -> dict[str, bytes]:
    folder = _built() / "assets"
    if not folder.is_dir():
        return {}
    return {each.name: each.read_bytes() for each in folder.iterdir() if each.name.endswith(tuple(TYPES))}
