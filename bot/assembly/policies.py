"""What the settings allow and refuse, as the rooms that hold to it have it."""

from __future__ import annotations

from dataclasses import replace

from bot.access.lists import AccessLists
from bot.access.reports import Policy
from bot.jobs.job import Allowance
from bot.jobs.quotas import Quota, Quotas
from bot.requests.limits import Limits, limits_for
from bot.settings.config import Settings
from bot.turns.conversation import Draft, drawn_as
from bot.turns.decency import Filter, Rule
from bot.turns.picture_rules import PictureRule, PictureRules, Veil
from omost_pipeline.renderer.info import RendererInfo
from omost_pipeline.renderer.spec import work_of


def limits_of(settings: Settings, info: RendererInfo) -> Limits:
    """What may be asked for, as the settings and the renderer have it."""
    limits = settings.limits
    usual = work_of(info.usual)

    def weigh(draft: Draft) -> float:
        return work_of(drawn_as(draft, info)) / usual

    quotas = Quotas({each.who: Quota(**each.model_dump(exclude={"who"})) for each in limits.quotas})
    allowance = Allowance(limits.waiting_per_author, limits.waiting, limits.per_minute, weigh, quotas)
    found = limits_for(info, limits.words, allowance, settings.access.pictures)
    return replace(found, describes=settings.vision.vision() is not None)


def filter_of(settings: Settings) -> Filter:
    """What is not drawn, as the settings have it."""
    rules = []
    for each in settings.decency.rules:
        reason = each.reason if isinstance(each.reason, dict) else {"en": each.reason} if each.reason else {}
        rules.append(Rule(each.words, each.patterns, reason, frozenset(each.places), frozenset(each.except_in)))
    return Filter(tuple(rules))


def picture_rules_of(settings: Settings) -> PictureRules:
    """What is done with pictures by what an image classifier sees in them, as the settings have it."""
    rules = settings.decency.image_rules
    return PictureRules(
        tuple(
            PictureRule(each.label, each.score, Veil(each.do), frozenset(each.places), frozenset(each.except_in))
            for each in rules
        )
    )


def policies_of(settings: Settings) -> tuple[Policy, ...]:
    """Who reads reports, as the settings have it."""
    found = settings.decency.reports
    return tuple(Policy(each.to, frozenset(each.places), each.remove_after, each.language) for each in found)


def lists_of(settings: Settings) -> AccessLists:
    """Who may do what, as the settings have it. Whoever reaches the web chat of this machine alone owns it."""
    access = settings.access
    owners = {*access.owners, *(["web:web"] if settings.web.open else [])}
    return AccessLists(frozenset(owners), frozenset(access.admins), frozenset(access.allow), frozenset(access.block))
