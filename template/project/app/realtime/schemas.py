"""The messages of rooms: JSON objects with a `type`."""

from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import uuid4

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter

from app.schemas import Schema

Text = Annotated[str, StringConstraints(min_length=1)]


class Say(Schema):
    """Send a text to everyone in the room."""

    type: Literal["say"]
    text: Text


class Tell(Schema):
    """Send a text to one member of the room."""

    type: Literal["tell"]
    to: str
    text: Text


class Who(Schema):
    """Ask for the members of the room."""

    type: Literal["who"]


class Pong(Schema):
    """Answer a ping."""

    type: Literal["pong"]


CLIENT_MESSAGE: TypeAdapter[Say | Tell | Who | Pong] = TypeAdapter(
    Annotated[Say | Tell | Who | Pong, Field(discriminator="type")]
)


class Member(BaseModel):
    """A member of a room: a connection{{ ' and its user' if auth != 'none' }}."""

    model_config = ConfigDict(frozen=True)

    id: str = Field(default_factory=lambda: uuid4().hex)
    # {% if auth != 'none' %}
    user: str
# {% endif %}


class Said(BaseModel):
    """A text for everyone in the room. It is kept for a while under its id."""

    type: Literal["said"] = "said"
    id: str = Field(default_factory=lambda: uuid4().hex)
    sender: Member
    text: str
    at: datetime = Field(default_factory=lambda: datetime.now(UTC))


class Told(BaseModel):
    """A text for one member."""

    type: Literal["told"] = "told"
    sender: Member
    text: str
    at: datetime = Field(default_factory=lambda: datetime.now(UTC))


class Joined(BaseModel):
    """A member entered the room."""

    type: Literal["joined"] = "joined"
    member: Member


class Left(BaseModel):
    """A member left the room."""

    type: Literal["left"] = "left"
    member: Member


class Welcome(BaseModel):
    """The first message of a connection."""

    type: Literal["welcome"] = "welcome"
    you: Member
    present: list[Member]


class Present(BaseModel):
    """The members of the room."""

    type: Literal["present"] = "present"
    present: list[Member]


class Ping(BaseModel):
    """A check that the client is still there. It must send a pong before the next one."""

    type: Literal["ping"] = "ping"


class Failure(BaseModel):
    """The reason why a message of the client had no effect."""

    type: Literal["error"] = "error"
    # {% if websockets == 'redis' %}
    code: Literal["invalid", "too_many", "absent", "unavailable"]
    # {% else %}
    code: Literal["invalid", "too_many", "absent"]
    # {% endif %}
    detail: str


# {% if websockets == 'redis' %}
class Interrupted(BaseModel):
    """Messages of other members may be lost; from now on they arrive again."""

    type: Literal["interrupted"] = "interrupted"


# {% endif %}
RoomMessage = Said | Told | Joined | Left
# {% if websockets == 'redis' %}
ServerMessage = RoomMessage | Welcome | Present | Ping | Failure | Interrupted
# {% else %}
ServerMessage = RoomMessage | Welcome | Present | Ping | Failure
# {% endif %}


class Delivery(BaseModel):
    """A message for a room or for one of its members."""

    room: str
    to: str | None = None
    # {% if websockets == 'redis' %}
    message: RoomMessage = Field(discriminator="type")
    # {% else %}
    message: RoomMessage
    # {% endif %}
