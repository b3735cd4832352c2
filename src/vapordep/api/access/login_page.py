"""The pages to log in: by name and password, by the link that makes the first account, by one that logs in once."""

from enum import StrEnum
from html import escape

from vapordep.accounts.passwords import SHORTEST


class Entrance(StrEnum):
    """A way in, by its address; what it asks is answered by the route of that name beneath `/api`."""

    LOGIN = "login"
    FIRST = "first"
    """By a link that makes the first account."""
    ENTER = "enter"
    """By a link that logs in, once."""


ORDERS = {Entrance.LOGIN: "Log in", Entrance.FIRST: "Make it, and log in", Entrance.ENTER: "Log in"}
TITLES = {Entrance.LOGIN: "Log in", Entrance.FIRST: "First account", Entrance.ENTER: "Log in by a link"}
ABOUT = {
    Entrance.LOGIN: "Forgotten the password? Whoever keeps the accounts gives another one, at the computer.",
    Entrance.FIRST: "Nobody has an account here yet. You will keep the accounts: choose a name, and a password of at "
    f"least {SHORTEST} characters; a few words make a good one.",
    Entrance.ENTER: "The link logs in whoever opens it first, once.",
}
NOBODY = (
    "Nobody has an account here yet. The first one is made by the link that <code>vapordep serve</code> printed as it "
    "began; or, at the computer, by <code>vapordep users add</code>."
)
"""What stands there in place of it until somebody has one."""
FIELDS = """<label>Name <input name="name" autocomplete="username" autocapitalize="none" required autofocus></label>
<label>Password <input name="password" type="password" autocomplete="{kind}" required></label>"""

SHOWN = '\n<label class="shown"><input id="shown" type="checkbox"> Show what I type</label>'


def login_page(reactor: str, entrance: Entrance, *, anybody: bool) -> str:
    """The whole document; what stands behind the # of its address is the token of the link.

    `anybody` has an account: without, there is nothing to log in to yet.
    """
    title = TITLES[entrance]
    about = ABOUT[entrance] if anybody or entrance is not Entrance.LOGIN else NOBODY
    kind = "new-password" if entrance is Entrance.FIRST else "current-password"
    fields = "" if entrance is Entrance.ENTER else FIELDS.format(kind=kind)
    if entrance is Entrance.FIRST:  # it is typed once, and nobody is there yet who could give another
        fields += SHOWN
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title} · {escape(reactor)}</title>
<link rel="icon" href="/icon.svg">
<link rel="stylesheet" href="/style.css">
<script src="/login.js" defer></script>
</head>
<body>
<main>
<h1>{escape(reactor)}</h1>
<form id="login" data-to="/api/{entrance}">
<h2>{title}</h2>
<p>{about}</p>
{fields}
<p id="said" role="alert"></p>
<button>{ORDERS[entrance]}</button>
</form>
<noscript><p class="notice">Logging in needs JavaScript; programs use a token.</p></noscript>
</main>
<footer>vapordep is basic process control, not a safety system. ABORT at the computer: <code>vapordep run abort</code>.
</footer>
</body>
</html>
"""
