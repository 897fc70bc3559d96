"""Rendering of the HTML reports; each page extends `base.html`."""

import base64
from collections.abc import Callable
from typing import Any

import jinja2

from atelier.schema import model_names


def render_page(
    package: str,
    template: str,
    filters: dict[str, Callable[..., Any]] | None = None,
    **values: Any,
) -> str:
    """Renders a report.

    Args:
        package: Package whose `templates/` holds the template.
        template: File name of the template.
        filters: Further template filters, by name.
        **values: Variables of the template.

    Returns:
        HTML page. All values are escaped.

    Example:
        >>> page = render_page("serving.report", "report.html", **values)
    """
    environment = jinja2.Environment(
        loader=jinja2.ChoiceLoader(
            [
                jinja2.PackageLoader(package),
                jinja2.PackageLoader("atelier.html"),
            ]
        ),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["data_uri"] = data_uri
    environment.filters["number"] = "{:,}".format
    environment.filters["model_name"] = model_names.name_of
    environment.filters["model_description"] = model_names.description_of
    environment.tests["ours"] = model_names.OURS.__contains__
    environment.filters.update(filters or {})
    return environment.get_template(template).render(**values)


def data_uri(image: bytes | str, subtype: str = "jpeg") -> str:
    """Returns the data URI of an image.

    Args:
        image: Encoded image, as bytes or as base64 text.
        subtype: Subtype of the media type, such as "png".
    """
    if isinstance(image, bytes):
        image = base64.b64encode(image).decode()
    return f"data:image/{subtype};base64,{image}"
