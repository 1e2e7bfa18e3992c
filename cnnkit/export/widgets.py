"""Explorers in a page without a kernel: what they need to be drawn by the browser stands in it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from html import escape
from typing import Any

from nbconvert.preprocessors import ExecutePreprocessor, Preprocessor
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from cnnkit.explorers.base import AHEAD

VIEW = "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"
# Run last. An explorer draws its steps while the kernel is idle, and in an export it never is; what
# it draws then is not part of any cell, and nbconvert listens to cells alone: so all is shown here.
LAST = f"""
import asyncio, sys
await asyncio.gather(*(task for task in asyncio.all_tasks() if task.get_name() == {AHEAD!r}))
if "ipywidgets" in sys.modules:
    from IPython.display import display
    display({{{STATE!r}: sys.modules["ipywidgets"].Widget.get_manager_state()}}, raw=True)
"""

Model = dict[str, Any]
Models = dict[str, Model]


class Execute(ExecutePreprocessor):
    """nbconvert's `--execute`, which lets every explorer draw its steps before the kernel ends."""

    _shown: Sequence[NotebookNode] = ()  # the outputs of the cell that is run last

    def preprocess_cell(self, cell: NotebookNode, resources: Any, index: int) -> tuple[Any, Any]:
        done = super().preprocess_cell(cell, resources, index)
        if index == len(self.nb.cells) - 1 and self.nb.metadata.language_info.name == "python":
            self.nb.cells.append(new_code_cell(LAST))
            self.execute_cell(self.nb.cells[-1], index + 1, store_history=False)
            self._shown = self.nb.cells.pop().outputs
        return done

    def set_widgets_metadata(self) -> None:
        super().set_widgets_metadata()
        for output in self._shown:
            if STATE in output.get("data", {}):
                self.nb.metadata.widgets = {STATE: output.data[STATE]}


class Offline(Preprocessor):
    """The view of a widget becomes HTML: its picture, and beside it what `player.js` needs to let
    it move. What no script draws stays a picture."""

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        models: Models = nb.metadata.pop("widgets", {}).get(STATE, {}).get("state", {})
        for cell in nb.cells:
            for output in cell.get("outputs", []):
                view = output.get("data", {}).pop(VIEW, None)
                if view is not None:
                    output.data["text/html"] = page_of(view["model_id"], models, output.data)
        return nb, resources


def page_of(model_id: str, models: Models, data: dict[str, str]) -> str:
    """A widget as HTML, from the notebook's widget state and from what it left in the notebook."""
    inside = list(below(model_id, models))
    links = [link for link in links_in(models) if link[0] in inside and link[2] in inside]
    sources = {source for source, *_ in links}
    alone = [name for name in inside if needs_no_kernel(models[name]["state"], name in sources)]
    parts = {"parts": [part_of(name, models) for name in alone], "links": links}
    script = json.dumps(parts).replace("</", "<\\/")  # "</script>" would end the element
    still = data.get("text/html", f"<p>{escape(data.get('text/plain', ''))}</p>")
    classes = models.get(model_id, {}).get("state", {}).get("_dom_classes", [])
    return (
        f'<div class="{escape(" ".join(["cnnkit-offline", *classes]))}">'
        f'<script type="application/json">{script}</script>'
        f'<div class="stage">{still}</div>{settings_of(inside, sources, models)}</div>'
    )


def links_in(models: Models) -> list[tuple[str, str, str, str]]:
    """Of each link in the browser: source and its trait, target and its trait."""
    found = []
    for link in models.values():
        if {"source", "target"} <= link["state"].keys():
            source, target = link["state"]["source"], link["state"]["target"]
            names = [each[0].removeprefix("IPY_MODEL_") for each in (source, target)]
            found.append((names[0], source[1], names[1], target[1]))
    return found


def needs_no_kernel(state: Model, moves: bool) -> bool:
    """Whether a widget is drawn by a script of its own and does something without the kernel: a
    slider only if it moves another widget; a question waits for an answer (`alone` is False)."""
    is_slider = {"min", "max", "interval"} <= state.keys()
    return "_esm" in state and state.get("alone", True) and (moves or not is_slider)


def below(model_id: str, models: Models) -> Iterator[str]:
    """A widget and all that are in it, from the top."""
    if model_id in models:
        yield model_id
        for child in models[model_id]["state"].get("children", []):
            yield from below(child.removeprefix("IPY_MODEL_"), models)


def part_of(name: str, models: Models) -> Model:
    """A widget with its script and style and its values."""
    state = dict(models[name]["state"])
    buffers = [[each["path"], each["data"]] for each in models[name].get("buffers", [])]
    return {
        "name": name,
        "esm": state.pop("_esm"),
        "css": state.pop("_css", ""),
        "classes": state.get("_dom_classes", []),
        "state": {key: value for key, value in state.items() if not key.startswith("_")},
        "buffers": buffers,
    }


def settings_of(inside: list[str], sources: set[str], models: Models) -> str:
    """A line that says how an explorer was set, for what only a kernel can change."""
    said = []
    for name in inside:
        model, state = models[name]["model_name"], models[name]["state"]
        if model == "DropdownModel" and state.get("index") is not None:
            said.append(f"{state['description']}: {state['_options_labels'][state['index']]}")
        elif {"min", "max", "labels"} <= state.keys() and name not in sources:
            place = state["value"] - state["min"]
            labels = [*state["labels"][place : place + 1], str(state["value"])]
            said.append(f"{state['description']} {labels[0]}")
    if not said:
        return ""
    line = f"{', '.join(said)}. Open the notebook in JupyterLab to change this."
    return f'<p class="settings">{escape(line)}</p>'
