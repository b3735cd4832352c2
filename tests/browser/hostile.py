"""Texts that would be more than text, and how a page tells whether one was."""

from typing import Any

HOSTILE = "'\"><s/data-harm/onclick=harm()><svg/onload=harm()>${harm()}"
"""Breaks out of strings and attributes, and tries an element, a handler, a template; without spaces, as labels are."""
CORPUS = {
    "element": "<img/src=x/onerror=harm()>",
    "script": "<script>harm()</script>",
    "end of a text": "</title></textarea></style></script><svg/onload=harm()>",
    "end of a comment": "--><svg/onload=harm()><!--",
    "character data": "]]><svg/onload=harm()>",
    "attribute": '"/onfocus="harm()"/autofocus="',
    "attribute in apostrophes": "'/onpointerenter='harm()'/x='",
    "handler of an element that opens": "<details/open/ontoggle=harm()>",
    "style": "<style/onload=harm()>@import'//harm.invalid';</style>",
    "moving SVG": "<svg><animate/onbegin=harm()/attributeName=x/dur=1s>",
    "SVG of another": "<svg><use/href=data:image/svg+xml,<svg/id=x/onload=harm()>#x></svg>",
    "address": "javascript:harm()//",
    "address in disguise": "JaVaScRiPt:harm%28%29//",
    "document in a frame": "<iframe/srcdoc='<script>parent.harm()</script>'>",
    "page of data": "data:text/html,<script>harm()</script>",
    "braces": "{{constructor.constructor('harm()')()}}{@html'<img/src=x/onerror=harm()>'}",
    "template": "`${harm()}`<%=harm()%>#{harm()}",
    "string": "\\';harm();//\";harm();//",
    "Markdown": '[a](javascript:harm())![b](x"onerror="harm())',
    "formula": '=HYPERLINK("javascript:harm()",A1)',
    "YAML": "!!python/object/apply:os.abort&a*b#{a:[",
    "entities": "&lt;img/src=x/onerror=harm()&gt;&#x3c;svg/onload=harm()&#x3e;",
    "letters in disguise": "\uff1csvg/onload=harm()\uff1e\u02bconclick=harm()",
    "turned about": "\u202e)(mrah\u2066=daolno/gvs\u2069",
    "nothing": "<sv\0g/onload=harm()\0>",
    "long": "<svg/onload=harm()>" * 200,
}
"""One way out each, by what it would be; again without spaces."""
HARM = r"""window.harmed = 0; window.harm = () => window.harmed++;
const address = /^(href|xlink:href|src|action|formaction|data)$/;
const script = /^[\s\0]*(javascript|data:text|data:image.svg)/i;
const runs = ({ name, value }) => /^(on|data-harm|srcdoc)/.test(name) || (address.test(name) && script.test(value));
const outside = "iframe, object, embed, base, script:not([src])";
window.elements = (root = document) => [...root.querySelectorAll("*")].reduce((sum, each) =>
  sum + [...each.attributes].some(runs) + each.matches(outside) + (each.shadowRoot ? elements(each.shadowRoot) : 0), 0);
window.turned = () => /[\u202a-\u202e\u2066-\u2069]/.test(document.body.innerText);
0"""
"""What a page watches for: scripts that ran, elements that would run one, in shadow trees too, letters turned about."""
SPELLED = str.maketrans({letter: letter.encode("unicode_escape").decode() for letter in "\0\u202e\u2066\u2069"})


def shown(text: str) -> str:
    """As the pages show it: what steers letters, or is not seen, is spelled out; of what is long the beginning."""
    return text.translate(SPELLED)[:60]


def harm_of(page: Any) -> tuple[int, int]:
    """How often a script ran, and how many elements somebody has put there that would run one."""
    return page.evaluate("window.harmed"), page.evaluate("window.elements()")
