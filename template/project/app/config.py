# {% from 'template/text.jinja' import fitted %}
"""Settings from environment variables, `.env` and secret files."""

from difflib import get_close_matches
from pathlib import Path
from typing import Literal, Self, TypeVar

# {% call fitted() %}
from pydantic import (
    Field,
    SecretStr,
    ValidationError,
    # {% if auth == 'oidc' %}
    ValidationInfo,
    field_validator,
    # {% endif %}
    model_validator,
)
# {% endcall %}
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    SettingsConfigDict,
)

from app.schemas import error_message
# {% call fitted() %}
from app.setting_types import (
    Amount,
    File,
    Hosts,
    Networks,
    Origins,
    RootPath,
    Seconds,
    # {% if users or database in ['postgresql', 'mongodb'] or tasks != 'none' or websockets != 'none' %}
    Count,
    # {% endif %}
    # {% if database in ['postgresql', 'mongodb'] %}
    DatabaseUrl,
    # {% endif %}
    # {% if redis %}
    RedisUrl,
    # {% endif %}
    # {% if tasks == 'celery' %}
    BrokerUrl,
    # {% endif %}
    # {% if tasks != 'none' %}
    EmailAddress,
    SmtpUrl,
    # {% endif %}
    # {% if auth in ['jwt', 'oidc'] %}
    SigningKey,
    # {% endif %}
    # {% if auth == 'oidc' %}
    Algorithms,
    HttpOrigin,
    HttpUrl,
    Issuer,
    OpenIDScope,
    # {% endif %}
)
# {% endcall %}

SECRETS = Path("/run/secrets")
# {% if websockets != 'none' %}
STOPPING = "stopping"
"""What `serve` writes to the drain file before it stops the server."""
# {% endif %}
# {% if passwords %}
LEAST_HASHING_COST = 2 * 19_456
"""OWASP's minimum for Argon2id: passes times KiB of memory."""
# {% endif %}


class Settings(BaseSettings):
    """Each field is an environment variable or a file in `SECRETS`; `.env.example` explains it."""

    model_config = SettingsConfigDict(
        allow_inf_nan=False,
        env_file=".env",
        env_ignore_empty=True,
        env_prefix="{{ env_prefix }}",
        extra="ignore",
        secrets_dir=SECRETS if SECRETS.is_dir() else None,
    )

    environment: str = Field(default="development", pattern=r"^[a-z][a-z0-9_-]*$")
    debug: bool = False
    docs_enabled: bool = Field(
        default_factory=lambda data: data.get("environment") == "development"
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    trusted_hosts: Hosts = ["*"]
    cors_origins: Origins = []
    gzip_minimum_size: Amount = 1_000
    max_body_size: Amount = 1_000_000
    body_timeout: Seconds = 60.0
    max_concurrent_requests: Amount = 1_000
    readiness_timeout: Seconds = 2.0
    drain_file: File | None = None
    trusted_proxies: Networks = []
    root_path: RootPath = ""
    hsts_max_age: Amount = 63_072_000
    # {% if database != 'none' %}
    # {% include 'template/features/database/' ~ database ~ '/settings.jinja' %}
    # {% endif %}
    # {% if redis %}
    # {% include 'template/features/redis/settings.jinja' %}
    # {% endif %}
    # {% if passwords %}
    # {% include 'template/features/users/settings.jinja' %}
    # {% endif %}
    # {% if auth != 'none' %}
    # {% include 'template/features/auth/' ~ auth ~ '/settings.jinja' %}
    # {% endif %}
    # {% if tasks != 'none' %}
    # {% include 'template/features/tasks/settings.jinja' %}
    # {% endif %}
    # {% if websockets != 'none' %}
    # {% include 'template/features/websockets/settings.jinja' %}
    # {% endif %}

    # Yours:

    @model_validator(mode="after")
    def refuse_development_values(self) -> Self:
        """Refuse settings outside development that are safe for development only. Name them all."""
        if self.environment == "development":
            return self
        unsafe = []
        if self.debug:
            unsafe.append(f"{env_name('debug')} must be off outside development")
        if "*" in self.trusted_hosts:
            unsafe.append(f"{env_name('trusted_hosts')} must name the hosts outside development")
        defaults = [field.default for field in type(self).model_fields.values()]
        for name in type(self).model_fields:
            value = getattr(self, name)
            if isinstance(value, SecretStr) and value in defaults:
                unsafe.append(f"{env_name(name)} must not be a default outside development")
        # {% if auth == 'oidc' %}
        unsafe.extend(
            f"{env_name(name)} must begin with https:// outside development"
            for name in ("oidc_issuer", "oidc_redirect_uri")
            if not getattr(self, name).startswith("https://")
        )
        # {% endif %}
        # {% if passwords %}
        if self.argon2_memory_cost * self.argon2_time_cost < LEAST_HASHING_COST:
            unsafe.append(f"{env_name('argon2_memory_cost')} must be higher outside development")
        # {% endif %}
        if unsafe:
            raise ValueError("; ".join(unsafe))
        return self
    # {% if auth == 'oidc' %}

    @field_validator("oidc_audience")
    @classmethod
    def refuse_audience_of_id_tokens(cls, audience: str, info: ValidationInfo) -> str:
        same = audience == info.data.get("oidc_client_id")
        if same and not info.data.get("oidc_client_audience"):
            raise ValueError("must not be the client's id, which is the audience of ID tokens")
        return audience
    # {% endif %}


def env_name(field: str) -> str:
    return f"{Settings.model_config.get('env_prefix', '')}{field}".upper()


AnySettings = TypeVar("AnySettings", bound=Settings)


def load_settings(settings_class: type[AnySettings] = Settings) -> AnySettings:
    """Read the settings. Exit with one clear message if they are invalid."""
    try:
        if misspelled := find_misspelled(settings_class):
            raise SystemExit(f"Invalid settings: {misspelled}")
        return settings_class()
    except ValidationError as error:
        raise SystemExit(f"Invalid settings: {format_errors(error)}") from None
    except UnicodeDecodeError:
        raise SystemExit("Invalid settings: .env and secret files must be UTF-8") from None


def find_misspelled(settings_class: type[Settings]) -> str:
    """Name the variables that are almost called like a setting, and so would have no effect."""
    known = [env_name(field) for field in settings_class.model_fields]
    sources = (DotEnvSettingsSource(settings_class), EnvSettingsSource(settings_class))
    given = {name.upper() for source in sources for name in source.env_vars}
    return "; ".join(
        f"{name}: did you mean {close[0]}?"
        for name in sorted(given.difference(known))
        if (close := get_close_matches(name, known, 1, cutoff=0.9))
    )


def format_errors(error: ValidationError) -> str:
    """Name each invalid variable and the reason, but never its value."""
    messages = []
    for wrong in error.errors():
        if wrong["type"] == "default_factory_not_called":
            continue  # another setting is invalid, on which this default depends
        names = [env_name(str(field)) for field in wrong["loc"][:1]]
        messages.append(": ".join([*names, error_message(wrong)]))
    return "; ".join(messages)
