"""Where the template is: in Trellis's checkout, or inside the installed wheel."""

import os
from pathlib import Path


def template_root() -> Path:
    """Return the folder that holds `copier.yml` and `template/`."""
    package = Path(__file__).parent
    checkout = package.parent.parent
    return checkout if (checkout / "copier.yml").is_file() else package / "_template"


def template_address() -> str:
    """Return where services have their template from: its public address, or the checkout's folder."""
    address = template_root() / "address"
    return address.read_text().strip() if address.is_file() else str(template_root())


def carry_history() -> None:
    """Let Git take the template's history from the wheel, if that carries it, instead of from its address."""
    bundle = template_root() / "history.bundle"
    if bundle.is_file():
        count = int(os.environ.get("GIT_CONFIG_COUNT", "0"))
        os.environ |= {
            "GIT_CONFIG_COUNT": str(count + 1),
            f"GIT_CONFIG_KEY_{count}": f"url.{bundle}.insteadOf",
            f"GIT_CONFIG_VALUE_{count}": template_address(),
        }
