"""The page to log in, and the one that makes the first account."""

from html import escape

from vapordep.accounts.passwords import SHORTEST


def login_page(reactor: str, *, first: bool) -> str:
    """The whole document; with `first` it makes the first account, by the token behind the # of its address."""
    title = "First account" if first else "Log in"
    about = (
        f"<p>Nobody has an account here yet. You will keep the accounts: choose a name, and a password of at least "
        f"{SHORTEST} characters; a few words make a good one.</p>"
        if first
        else "<p>Forgotten the password? Whoever keeps the accounts gives another one, at the computer.</p>"
    )
    kind = "new-password" if first else "current-password"
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
<form id="login" data-to="{"/api/first" if first else "/api/login"}">
<h2>{title}</h2>
{about}
<label>Name <input name="name" autocomplete="username" autocapitalize="none" required autofocus></label>
<label>Password <input name="password" type="password" autocomplete="{kind}" required></label>
<p id="said" role="alert"></p>
<button>{title}</button>
</form>
<noscript><p class="notice">Logging in needs JavaScript; programs use a token.</p></noscript>
</main>
<footer>vapordep is basic process control, not a safety system. ABORT at the computer: <code>vapordep run abort</code>.
</footer>
</body>
</html>
"""
