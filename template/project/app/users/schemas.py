"""Requests and responses."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

# {% if passwords %}
from pydantic import (
    MISSING,
    AfterValidator,
    BaseModel,
    ConfigDict,
    EmailStr,
    Field,
    SecretStr,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    field_validator,
)
# {% else %}
from pydantic import MISSING, AfterValidator, BaseModel, ConfigDict, EmailStr
# {% endif %}

from app.auth.scopes import Role
from app.schemas import Page, Schema

# {% if passwords %}
MIN_PASSWORD_LENGTH = 8
MAX_PASSWORD_LENGTH = 128


def refuse_short(password: SecretStr) -> SecretStr:
    if len(password) < MIN_PASSWORD_LENGTH:
        raise ValueError(f"A password has at least {MIN_PASSWORD_LENGTH} characters.")
    return password


def refuse_long(password: SecretStr) -> SecretStr:
    if len(password) > MAX_PASSWORD_LENGTH:
        raise ValueError(f"A password has at most {MAX_PASSWORD_LENGTH} characters.")
    return password


# {% endif %}
Email = Annotated[EmailStr, AfterValidator(str.lower)]
# {% if passwords %}
EMAIL = TypeAdapter[str](Email)
CurrentPassword = Annotated[
    SecretStr,
    AfterValidator(refuse_long),
    Field(json_schema_extra={"maxLength": MAX_PASSWORD_LENGTH}),
]
Password = Annotated[
    CurrentPassword,
    AfterValidator(refuse_short),
    Field(json_schema_extra={"minLength": MIN_PASSWORD_LENGTH}),
]
# {% endif %}


# {% if passwords %}
def canonical_email(text: str) -> str:
    """Return the email address as it is stored, or an empty text if it is invalid."""
    try:
        return EMAIL.validate_python(text)
    except ValidationError:
        return ""


# {% endif %}
class UserCreate(Schema):
    """A new user."""

    email: Email
    # {% if passwords %}
    password: Password
    # {% else %}
    role: Role = "user"
# {% endif %}


# {% if passwords %}
class PasswordChange(Schema):
    """The current password and the new one."""

    current_password: CurrentPassword
    password: Password


# {% endif %}
class UserPatch(Schema):
    """Changes of one's own account."""

    email: Email | MISSING = MISSING
    # {% if passwords %}
    current_password: Annotated[CurrentPassword, Field(validate_default=True)] = SecretStr("")

    @field_validator("current_password")
    @classmethod
    def confirm_email(cls, password: SecretStr, info: ValidationInfo) -> SecretStr:
        if info.data.get("email", MISSING) is not MISSING and not password:
            raise ValueError("A change of the email address needs the current password.")
        return password
# {% endif %}


class UserAdminPatch(Schema):
    """Changes of a user by an admin."""

    role: Role | MISSING = MISSING
    active: bool | MISSING = MISSING


class UserPublic(BaseModel):
    """A user as clients see them."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    email: str
    role: Role
    active: bool
    created_at: datetime


class UserList(Page[UserPublic]):
    """One page of all users."""
