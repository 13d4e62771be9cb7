"""Small pieces of a page: plain elements with text, icons and buttons. Knows nothing of messages.

Text only ever travels as an element's text or as a property's value, never as HTML, so what people and models write
stays inert.
"""

from __future__ import annotations

from nicegui import ui
from nicegui.elements.mixins.text_element import TextElement


def element(tag: str, classes: str = "", **props: str) -> ui.element:
    """An element of this tag. Underscores in property names stand for hyphens."""
    made = ui.element(tag).classes(classes)
    set_props(made, **props)
    return made


def words(tag: str, text: str, classes: str = "") -> TextElement:
    """An element of this tag that holds text; change it with ``set_text``."""
    made = TextElement(tag=tag, text=text)
    made.classes(classes)
    return made


def set_props(target: ui.element, **props: str) -> None:
    """Set properties to values of any text; a page is told only of what differs."""
    for name, value in props.items():
        key = name.strip("_").replace("_", "-")
        if target.props.get(key) != value:
            target.props[key] = value


def set_class(target: ui.element, name: str, *, on: bool) -> None:
    """Give an element a class, or take it away."""
    if on:
        target.classes(add=name)
    else:
        target.classes(remove=name)


def icon(name: str) -> ui.element:
    """A decorative icon, hidden from screen readers; from the rounded set that comes with NiceGUI."""
    return ui.icon(f"r_{name}").props("aria-hidden=true")


def button(label: str, icon_name: str, classes: str, *, show_label: bool = True) -> ui.element:
    """A native button with an icon and a label; the label is its accessible name also where only the icon shows."""
    made = element("button", classes, type="button")
    with made:
        icon(icon_name)
        if show_label:
            words("span", label, "label")
    if not show_label:
        set_props(made, aria_label=label, title=label)
    return made
