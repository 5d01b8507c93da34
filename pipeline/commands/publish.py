"""`lecturebook publish`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.commands import common
from pipeline.errors import UsageError

if TYPE_CHECKING:
    from pipeline.site.library import Card
    from pipeline.site.publish import Published

FOLDER = "work/published"
"""The edition that goes out, in the lecture's folder. The site at hand stays as it is."""

To = Annotated[str, typer.Option("--to", help="A folder, a git remote (its gh-pages branch), or host:path.")]
BaseUrl = Annotated[
    str | None, typer.Option(help="Address it will have; null: render.base_url, or what TO tells (GitHub).")
]


def publish(
    url: common.Url,
    to: To,
    base_url: BaseUrl = None,
    dry_run: Annotated[bool, typer.Option(help="Change nothing there, only say what would change.")] = False,
    i_have_permission: Annotated[
        bool, typer.Option("--i-have-permission", help="You vouch for it where the licence does not.")
    ] = False,
    config_file: common.ConfigFile = None,
    settings: common.Settings = None,
) -> None:
    """Put the finished site where others can read it. Takes nothing away that it did not put there."""
    from pipeline.display import Display
    from pipeline.runner import Run
    from pipeline.site.edition import edition_options
    from pipeline.site.publish import check_publishable, parse_target
    from pipeline.site.publish import publish as send

    options = common.load(config_file, settings)
    site = common.site_of(url, options)
    kind, target = parse_target(to)
    if kind == "folder" and Path(target).resolve().is_relative_to(site.parent.resolve()):
        raise UsageError(f"publish: {target} is in the lecture's own folder", fix="name another folder")
    render = edition_options(options.render, site, to, base_url)
    run = Run(
        common.absolute(url),
        site.parent,
        options.model_copy(update={"render": render}),
        Display(common.console),
    )
    edition = run.set_pages(FOLDER)
    card = check_publishable(edition, have_permission=i_have_permission)
    _tell_what(card, i_have_permission)
    _report(send(edition, to, dry_run=dry_run, have_permission=i_have_permission), card)


def _tell_what(card: Card, vouched: bool) -> None:
    _say(f"{card.title}{f', by {card.author}' if card.author else ''}")
    _say(f"licence: {card.licence or 'not known'}{' (you vouch that you may)' if vouched else ''}")
    if card.base_url:
        _say(f"address: {card.base_url}")
    else:
        _say(
            "! no address is known for it: its pages go without canonical address, pictures for previews, sitemap"
            " and feed\n  remedy: name it with BASE_URL=https://… (--base-url), or set render.base_url"
        )


def _report(done: Published, card: Card) -> None:
    changes = done.changes
    for sign, names in (("+", changes.new), ("~", changes.changed), ("-", changes.gone)):
        for name in names:
            print(sign, name)
    counts = f"{len(changes.new)} new, {len(changes.changed)} changed, {len(changes.gone)} gone"
    if not changes:
        _say(f"nothing to do: {done.target} has it all")
    elif done.dry_run:
        _say(f"dry run, nothing was changed: {counts} in {done.target}")
    else:
        _say(
            f"published: {counts} in {done.target}{f'; read it at {card.base_url}' if card.base_url else ''}"
        )


def _say(text: str) -> None:
    common.console.print(text, highlight=False, markup=False, soft_wrap=True)
