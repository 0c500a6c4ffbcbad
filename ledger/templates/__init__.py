"""The template library: an agreement for each service mode ships with the product; an office may keep its own."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from ledger.domain.templates import Template, TemplateError


def shipped_templates() -> dict[str, Template]:
    """Every template that ships with the product, by name."""
    files = sorted(resources.files(__name__).iterdir(), key=lambda file: file.name)
    templates = (Template.from_json(file.read_bytes()) for file in files if file.name.endswith(".json"))
    return {template.name: template for template in templates}


def load_template(path: Path) -> Template:
    """Read and check a template file; raise `TemplateError`, naming the file, where it cannot be used."""
    try:
        text = path.read_bytes()
    except OSError as error:
        raise TemplateError(f"template: file {path}", error.strerror, "a file that can be read") from error
    try:
        return Template.from_json(text)
    except TemplateError as error:
        raise TemplateError(f"{path}: {error.field}", error.value, error.rule) from error
