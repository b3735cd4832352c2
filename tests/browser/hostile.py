"""A text that would be more than text, and how a page tells whether it was."""

from typing import Any

HOSTILE = "'\"><s/data-harm/onclick=harm()><svg/onload=harm()>${harm()}"
"""Breaks out of strings and attributes, and tries an element, a handler, a template; without spaces, as labels are."""
HARM = """window.harmed = 0; window.harm = () => window.harmed++;
window.elements = (root = document) => [...root.querySelectorAll("*")].reduce((sum, each) =>
  sum + each.matches("[data-harm], [onload], [onclick]") + (each.shadowRoot ? elements(each.shadowRoot) : 0), 0);
0"""
"""What a page watches for: scripts that ran, and elements with such attributes, in shadow trees too."""


def harm_of(page: Any) -> tuple[int, int]:
    """How often a script ran, and how many elements somebody has put there."""
    return page.evaluate("window.harmed"), page.evaluate("window.elements()")
