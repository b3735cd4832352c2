"""The web application: the page, the same as JSON, and what the page is made of. It reads, and nothing else."""

from importlib.resources import files

from fastapi import FastAPI
from fastapi.responses import HTMLResponse, JSONResponse, Response

from vapordep.api.door import Door
from vapordep.api.live import Live
from vapordep.api.page import page
from vapordep.wire import as_plain

PARTS = {"style.css": "text/css", "live.js": "text/javascript", "icon.svg": "image/svg+xml"}
"""The page's own files, by name, with their types."""


def application(live: Live, port: int) -> Door:
    """The application behind its door; its documentation pages, which load from elsewhere, are left out."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    loaded = {name: (files("vapordep.api") / "parts" / name).read_bytes() for name in PARTS}

    @app.get("/")
    def show() -> HTMLResponse:
        with live.lock:
            return HTMLResponse(page(live.reactor, live.picture, live.trouble))

    @app.get("/live.json")
    def tell() -> JSONResponse:
        with live.lock:
            if live.picture is None:
                return JSONResponse({"reactor": live.reactor, "trouble": live.trouble}, status_code=503)
            silent = round(live.picture.silence, 3)
            return JSONResponse({**as_plain(live.picture), "silent_for_s": silent, "link": live.trouble or None})

    @app.get("/{name}")
    def part(name: str) -> Response:
        if name not in loaded:
            return Response("there is no such page", status_code=404, media_type="text/plain")
        return Response(loaded[name], media_type=PARTS[name])

    return Door(app, port)
