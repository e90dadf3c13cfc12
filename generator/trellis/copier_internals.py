"""The parts of Copier that have no public name. No other module imports them.

`tests/test_copier_internals.py` says what Trellis expects of each, and so fails first when Copier changes.
"""

from copier._jinja_ext import SandboxedEnvironment, get_yield_context
from copier._main import Worker
from copier._settings import SettingsModel
from copier._subproject import Subproject
from copier._template import Template, filter_config, load_template_config
from copier._types import MISSING
from copier._user_data import AnswersMap, Question
from copier._vcs import get_repo

__all__ = [
    "MISSING",
    "AnswersMap",
    "Question",
    "SandboxedEnvironment",
    "SettingsModel",
    "Subproject",
    "Template",
    "Worker",
    "filter_config",
    "get_repo",
    "get_yield_context",
    "load_template_config",
]
