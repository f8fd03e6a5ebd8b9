"""HTML and markdown with which a student could reach into the instructor's page, or have it load something."""

# ruff: noqa: E501 - one deed a line

from __future__ import annotations

IDS = "".join(
    f'<h6 id="{name}">\u2588 score</h6>'
    for name in ("test_ce_loss", "test_grad_func", "test_sgd_momentum", "test_adam")
)
BUTTON = f'<div class="nbgrader_cell"><div class="full-credit btn" style="padding:200px">{IDS}click</div></div>'
FAR = "http://example.invalid/seen"
DEEDS = {
    "button": BUTTON,
    "button-in-table": '<table class="nbgrader_cell"><tr><td class="full-credit"><a id="test_adam" name="test_adam">x',
    "modal": '<div class="modal in" style="display:block;background:#fff"><h1>32 / 32</h1></div>',
    "fixed": '<div class="navbar-fixed-top affix" style="position:fixed;inset:0;z-index:9999;background:red">mine</div>',
    "bootstrap": '<a data-toggle="tab" data-target=".nbgrader_cell" data-dismiss="alert" data-link="x" href="#">x</a>',
    "field": '<input class="score tabbable" id="test_adam"><textarea class="comment"></textarea><button>ok</button>',
    "form": f'<form action="{FAR}"><input type=image src="{FAR}" formaction="{FAR}"></form>',
    "script": "<script>document.title = 'mine'</script><img src=x onerror=\"document.title = 'mine'\">",
    "handler": "<details open ontoggle=\"document.title='mine'\"><summary>x</summary></details><p onclick=alert(1)>x",
    "link": "<a href=\"javascript:document.title='mine'\">x</a><a href='java&#10;script:alert(1)'>x</a><a href=mine.html>x</a>",
    "image": f'<img src="{FAR}"><img srcset="{FAR} 2x"><picture><source srcset="{FAR}"></picture>',
    "schemeless": f'<img src="//example.invalid/seen"><img src="mine.png"><body background="{FAR}"><table background="{FAR}">',
    "css": f'<p style="background:url({FAR})">x</p><p style="background:\\75 rl({FAR})">x</p><p style="x:image-set(\'{FAR}\' 1x)">',
    "sheet": f"<style>@import url({FAR}); .dataframe td {{background: url({FAR})}} #T_x {{background: image-set('{FAR}' 1x)}} "
    "body {display: none} .score {display: none}</style><link rel=stylesheet href=http://example.invalid/seen>",
    "media": f'<video src="{FAR}" poster="{FAR}" autoplay></video><audio src="{FAR}"></audio><object data="{FAR}"></object><embed src="{FAR}">',
    "frame": f'<iframe src="{FAR}"></iframe><iframe srcdoc="<script>parent.document.title=1</script>"></iframe><base href="{FAR}">',
    "refresh": f'<meta http-equiv="refresh" content="0;url={FAR}"><a ping="{FAR}" href="https://x.org">x</a>',
    "mathml": f'<math href="{FAR}"><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src={FAR} onerror=alert(1)&gt;">',
    "svg": f'<svg><style>@import url({FAR});</style><image href="{FAR}"/><a href="javascript:alert(1)"><text>x</text></a></svg>',
    "unclosed": "</div></div></div></div></body></html><div id=test_adam class=nbgrader_cell>",
    "comment": '<!--><div class="nbgrader_cell"><div class="full-credit" id="test_adam"></div><!-- --!><p id=test_adam>x',
    "entities": '&lt;div class="full-credit"&gt;&#60;script&#62;document.title=1&#60;/script&#62;',
}  # fmt: skip
ENTICING = {
    "mermaid": f"```mermaid\n{BUTTON}\n```",
    "fence": f'```" class="nbgrader_cell\n{BUTTON}\n```',
    "reference": f"![x][a] [y](javascript:alert(1)) ![z]({FAR})\n\n[a]: {FAR}",
    "attachment": "![x](attachment:a.svg)",
    "files": '<a href="files/javascript:alert(1)">x</a> [x](files/mine.html) <a title="[x](/files/mine)">x</a>',
    "heading": "# test_adam\n\n# test_ce_loss",
    "formula": "$<img src=x onerror=alert(1)>$ $$<div class=full-credit>$$ \\begin{a}<p id=test_adam>\\end{a}",
}
EVERYTHING = "\n\n".join([*DEEDS.values(), *ENTICING.values()])
SVG = f'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><image href="{FAR}"/><script>alert(1)</script></svg>'
