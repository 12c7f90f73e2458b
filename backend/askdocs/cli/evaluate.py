"""Commands that measure how well questions are answered."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import track
from typer.core import TyperGroup

from askdocs.answer.calibration import Fit
from askdocs.cli import figures
from askdocs.cli.ask import Locale, PageUrl, Version, Words, checked, on, operated
from askdocs.cli.output import AsJson, SiteName, console, errors, print_json, run, say, settings_for_command
from askdocs.config import Settings
from askdocs.config.operating import Evaluation
from askdocs.control import remote
from askdocs.control.lookup import find_site
from askdocs.db import feedback, messages
from askdocs.errors import AskdocsError, Conflict, InputError
from askdocs.evaluation import calibrate as calibrating
from askdocs.evaluation import comparison, drafts, labels, questions, report, thresholds
from askdocs.evaluation.comparison import Comparison
from askdocs.evaluation.explain import Explanation
from askdocs.evaluation.judge import Judgement, judge
from askdocs.evaluation.observe import Observation
from askdocs.evaluation.questions import Question
from askdocs.evaluation.report import About
from askdocs.evaluation.result import Prices, Result
from askdocs.models import prices
from askdocs.runtime import open_runtime
from askdocs.sources import open_source
from askdocs.types import SourceSpec

_DEFAULT = "run"


class _Group(TyperGroup):
    """`askdocs eval questions.yaml` is `askdocs eval run questions.yaml`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
            args = [_DEFAULT, *args]
        return super().parse_args(ctx, args)


def register(app: typer.Typer) -> None:
    group = typer.Typer(
        cls=_Group,
        no_args_is_help=True,
        help="Measure on labelled questions how well the docs are searched and answered.\n\n"
        "`askdocs eval QUESTIONS` is `askdocs eval run QUESTIONS`.",
    )
    group.command(
        name=_DEFAULT, epilog="Example: askdocs eval questions.yaml --against result.json --max-broken 0"
    )(evaluate)
    group.command(name="init", epilog="Example: askdocs eval init website/build --site docs")(draft)
    app.add_typer(group, name="eval")
    app.command(epilog='Example: askdocs explain "How do I roll back?" --limit 5')(explain)


def evaluate(
    file: Annotated[
        Path, typer.Argument(metavar="QUESTIONS", help="Labelled questions: YAML, or one JSON object a line.")
    ],
    site: SiteName = "docs",
    version: Version = "",
    locale: Locale = "",
    answers: Annotated[
        bool, typer.Option("--answers", help="Compose every answer too; with a model that costs money.")
    ] = False,
    against: Annotated[
        Path | None, typer.Option(metavar="RESULT", help="An earlier result: say what is answered since.")
    ] = None,
    save: Annotated[Path | None, typer.Option(metavar="RESULT", help="Write the result here.")] = None,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a report here: one page, every question in it.")
    ] = None,
    max_broken: Annotated[
        int | None,
        typer.Option(min=0, help="With --against: exit code 3 if more questions than this are broken."),
    ] = None,
    calibrate: Annotated[
        bool,
        typer.Option("--calibrate", help="Fit the confidence and its threshold on these questions."),
    ] = False,
    ignore: Annotated[
        bool, typer.Option("--no-thresholds", help="Only measure: no figure is too low.")
    ] = False,
    as_markdown: Annotated[
        bool, typer.Option("--markdown", help="Print Markdown, for a comment on a pull request.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Ask labelled questions: what is found, what a prompt holds, what is refused, answered and cited.

    Exit code 1 if a figure is below its threshold (`evaluation` in the settings, `thresholds` in the file).
    """
    earlier = _earlier(against, max_broken)
    settings, loaded = settings_for_command(), questions.load(file)
    asked = thresholds.merge(settings.evaluation, loaded.thresholds, file=file)
    where = {"site": site, "version": version, "locale": locale}
    judgements = run(_evaluate(settings, loaded.questions, where, answers=answers, explained=bool(html)))
    result = Result(judgements, _prices(settings)).as_json()
    now = comparison.parse(result)
    compared = comparison.compare(earlier, now) if earlier is not None else None
    if save:
        save.write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    if html:
        _write_report(html, result, compared, site=site, questions_file=file.name)
    if as_markdown and not as_json:
        sys.stdout.write(comparison.as_markdown(now, compared))
    else:
        _show(result, compared, as_json=as_json)
    if calibrate:
        _calibrate(settings, judgements)
    if ignore:
        asked = Evaluation()
    _hold_figures(asked, result)
    _hold_broken(compared, asked.max_broken if max_broken is None else max_broken)


def draft(
    docs: Annotated[
        Path, typer.Argument(metavar="DOCS", help="The folder that is indexed: built site, HTML or Markdown.")
    ],
    to: Annotated[
        Path, typer.Option("--to", metavar="FILE", help="Write here; a file that exists stays as it is.")
    ] = Path("questions.yaml"),
    site: SiteName = "docs",
    headings: Annotated[int, typer.Option(min=0, help="Questions from headings, at most.")] = 40,
    logged: Annotated[int, typer.Option(min=0, help="Questions from the log of each kind, at most.")] = 40,
    days: Annotated[int, typer.Option(min=1, help="How far to look back in the log.")] = 90,
) -> None:
    """Draft questions from the docs' headings and from what readers asked, for people to review."""
    if to.exists():
        raise Conflict(f"{to} exists, and is not overwritten.", fix="Name another file: --to FILE")
    source = open_source(SourceSpec(docs))
    asked = run(_logged(settings_for_command(), site, days, logged)) if logged else []
    found = [*drafts.from_headings(source.pages, limit=headings), *asked]
    with to.open("x", encoding="utf-8") as file:
        file.write(drafts.render(found))
    say(f"{len(found)} drafts are in {to}. Review them, and take `draft` away from each that is right.")


async def _logged(settings: Settings, name: str, days: int, limit: int) -> list[drafts.Draft]:
    async with open_runtime(settings) as rt:
        site = await find_site(rt, name)
        since = rt.now() - timedelta(days=days)
        unanswered = await rt.db.run(messages.unanswered, site.id, since=since, limit=limit)
        liked = await rt.db.run(feedback.liked, site.id, since=since, limit=limit)
    # A question about something that was marked on a page means nothing without it.
    return drafts.from_log([one.question for one in unanswered if one.excerpt is None], liked)


def explain(
    question: Words,
    site: SiteName = "docs",
    limit: Annotated[int, typer.Option(min=1, max=50, help="How many sections.")] = 10,
    after: Annotated[
        str, typer.Option(metavar="QUESTION", help="The question before, of which this one is a follow-up.")
    ] = "",
    version: Version = "",
    locale: Locale = "",
    page: PageUrl = "",
    as_json: AsJson = False,
) -> None:
    """Say why sections rank where they do: their scores in parts, and the terms that they hold."""
    where = {"site": site, "version": version, "locale": locale, **on(page)}
    turns = [(after, "")] if after else []
    asked = {"question": checked(question), "limit": limit, "turns": turns}
    result = run(operated(settings_for_command(), "explain", **asked, **where))
    if as_json:
        print_json(result)
    else:
        figures.explain(Explanation.revive(result))


async def _evaluate(
    settings: Settings,
    asked: tuple[Question, ...],
    where: Mapping[str, str],
    *,
    answers: bool,
    explained: bool,
) -> tuple[Judgement, ...]:
    judgements: list[Judgement] = []
    async with remote.connect(settings) as operate:
        await _warn_of_labels(operate, asked, where["site"])
        for question in track(
            asked, "Asking", console=errors, transient=True, disable=not errors.is_terminal
        ):
            turns = [(turn.question, turn.answer) for turn in question.turns]
            said = {"question": question.text, "turns": turns, **where, **on(question.page)}
            seen = Observation.revive(await remote.last(operate("observe", answered=answers, **said)))
            why = Explanation.revive(await remote.last(operate("explain", **said))) if explained else None
            judgements.append(judge(question, seen, why))
    return tuple(judgements)


async def _warn_of_labels(operate: remote.Run, asked: Sequence[Question], site: str) -> None:
    """Before anything is asked, since figures that rest on labels astray say nothing of the search."""
    places = sorted({place for question in asked for place in question.gold})
    result = await remote.last(operate("astray", site=site, places=places))
    if lost := [(path, anchor) for path, anchor in result["places"]]:
        say(labels.warning(lost, len(places)), to=errors, style="yellow")


def _calibrate(settings: Settings, judgements: Sequence[Judgement]) -> None:
    fitted = calibrating.fit(judgements)
    fingerprint = judgements[0].observation.fingerprint
    run(_keep(settings, fingerprint, fitted))
    figures.show_calibration(fitted, fingerprint)
    if settings.answers.min_confidence is not None:
        say("answers.min_confidence is set, and overrules the threshold.", to=errors, style="yellow")


async def _keep(settings: Settings, fingerprint: str, fitted: Fit) -> None:
    async with open_runtime(settings) as rt:
        await calibrating.keep(rt, fingerprint, fitted)


def _prices(settings: Settings) -> Prices:
    known = prices.of(settings)
    return Prices(known.prompt, known.output)


def _earlier(against: Path | None, max_broken: int | None) -> list[comparison.Result] | None:
    if max_broken is not None and against is None:
        raise InputError("--max-broken needs the earlier result.", fix="Name it: --against RESULT")
    return comparison.load(against) if against else None


def _show(result: Mapping[str, Any], compared: Comparison | None, *, as_json: bool) -> None:
    if as_json:
        print_json({**result, **({"comparison": compared.as_json()} if compared else {})})
        return
    figures.show(result)
    for line in comparison.as_lines(compared) if compared else ():
        console.print(line, markup=False, soft_wrap=True)


def _write_report(
    path: Path, result: Mapping[str, Any], compared: Comparison | None, *, site: str, questions_file: str
) -> None:
    about = About(site, questions_file, f"{datetime.now(UTC):%d %B %Y, %H:%M} UTC")
    path.write_text(report.render(result, compared, about), encoding="utf-8")
    say(f"The report is in {path}.", to=errors)


def _hold_broken(compared: Comparison | None, most: int | None) -> None:
    """End the command where more is broken than may be."""
    if compared and most is not None and len(compared.lost) > most:
        raise Conflict(
            f"This breaks {len(compared.lost)} questions that were answered; at most {most} may be.",
            fix="Mend the pages that they need, or correct labels that name a place that has moved.",
        )


def _hold_figures(asked: Evaluation, result: Mapping[str, Any]) -> None:
    """End the command where a figure is too low."""
    gates = thresholds.gates(asked, result)
    for gate in gates:
        if gate.figure is None:
            say(f"{gate}", to=errors)
    if missed := [gate for gate in gates if not gate.holds]:
        raise AskdocsError(
            f"Below what is asked for: {'; '.join(map(str, missed))}.",
            fix="Look at what is missed: --html FILE shows each question. `thresholds` in the questions' "
            "file and `evaluation` in the settings say what is asked for.",
        )
