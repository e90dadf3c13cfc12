"""Where the template is: in the checkout that Trellis runs from, or inside the installed wheel."""

from pathlib import Path


def template_root() -> Path:
    """Return the folder that holds `copier.yml` and `template/`."""
    package = Path(__file__).parent
    checkout = package.parent.parent
    return checkout if (checkout / "copier.yml").is_file() else package / "_template"
