# SPDX-License-Identifier: MIT
"""Makes pages for the tests, of made-up sets; and reads them again as a browser would."""
import html.parser
import os
import re

import records

HERE = os.path.dirname(os.path.abspath(__file__))

VOID = {"meta", "link", "br", "hr", "img", "input", "base", "source", "embed", "area", "col"}
# HTML lets these end by themselves.
OPTIONAL = {"tr", "td", "th", "li", "dt", "dd", "p", "tbody", "thead"}

RLO, ESC = "\u202e", "\033[31mred\033[2J"
HOSTILE = ('<script>alert(1)</script>"><img src=x onerror=alert(2)>\'--></style></title>'
           "<svg onload=alert(3)>&lt;&#60; ${7*7} " + ESC + RLO + "\u2066gpj.exe\u05d0\u0627 \ufeff"
           " javascript:alert(4)")


class Page(html.parser.HTMLParser):
    """The elements and the text of a page; fails where tags do not match."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.elements, self.words, self.styles = [], [], [], []
        self.feed(text)
        self.close()
        if self.open:
            raise ValueError(f"not closed: {self.open}")
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if len(dict(attrs)) != len(attrs):
            raise ValueError(f"an attribute twice: {tag} {attrs}")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        while self.open and self.open[-1] != tag and self.open[-1] in OPTIONAL:
            self.open.pop()
        if not self.open or self.open.pop() != tag:
            raise ValueError(f"</{tag}> closes nothing at line {self.getpos()}")

    def handle_data(self, data):
        if self.open and self.open[-1] == "style":
            self.styles.append(data)
        else:
            self.words.append(data)

    def all(self, tag):
        return [attrs for name, attrs in self.elements if name == tag]


def check(text):
    """What holds for every page; returns it parsed."""
    page = Page(text)
    tags = {tag for tag, _ in page.elements}
    for tag in ("script", "img", "iframe", "object", "embed", "link", "base", "form", "input"):
        assert tag not in tags, f"<{tag}> on the page"
    ids = [attrs["id"] for _, attrs in page.elements if "id" in attrs]
    assert len(ids) == len(set(ids)), "an id twice"
    for tag, attrs in page.elements:
        for name, value in attrs.items():
            assert not name.startswith("on") and name not in ("style", "src", "xlink:href"), \
                f"<{tag} {name}={value}>"
            if name in ("aria-labelledby", "aria-describedby"):
                assert set(value.split()) <= set(ids), f"{name} of nothing: {value}"
            if name == "href":
                assert value[0] == "#" and value[1:] in ids or value.startswith("./"), value
            # A colour is the only thing that could be a reference.
            assert "url(" not in (value or "") or name == "content", value
    style = "".join(page.styles)
    assert len(page.all("style")) == 1 and "url(" not in style and "@import" not in style
    policy = [m["content"] for m in page.all("meta") if "Policy" in m.get("http-equiv", "")]
    assert len(policy) == 1 and policy[0].startswith("default-src 'none';")
    bad = re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e"
                    "\u2066-\u2069\ufeff]", text)
    assert not bad, f"a control character: {bad!r}"
    assert not re.search(r"\bnan\b|\binf\b", re.sub("<style>.*?</style>", "", text, flags=re.S)), \
        "a number that is none"
    return page


def hostile_sets():
    """Two sets in which all that can be text is hostile."""
    long = HOSTILE + "A" * 10000
    sets = []
    for i in range(2):
        of = records.make_set(f"{i}{long}", factor={"thp-busy": 1 + i}, first=1000 * i)
        for r in records.make_set(f"{i}{long}", first=1000 * i + 500, subtests=["thp-idle"]):
            of.append(dict(r, subtest=HOSTILE))
        for r in of:
            kernel = r["environment"]["kernel"]
            kernel["release"] = kernel["version"] = f"{i}{HOSTILE}"
            kernel["cmdline"] = long
            r["environment"]["cpu"]["model"] = HOSTILE
            r["environment"]["hypervisor"] = HOSTILE
            r["environment"]["virtual"] = True
            r["environment"][HOSTILE] = f"{i}{HOSTILE}"
            r["config"]["walker"] = HOSTILE[:100]
            r["boot_id"] = HOSTILE
            r["validity"]["notes"] = [long]
        of[3]["validity"] = {"valid": False, "reasons": [HOSTILE, long], "notes": []}
        sets.append(of)
    return sets
