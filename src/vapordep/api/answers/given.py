"""What bodies of requests have in common: nothing unknown in them, numbers and switches as such, and reasons."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from vapordep.api.answers.answer import Answer


class Given(BaseModel):
    """A body; what it does not know is refused, and no text counts as a number."""

    model_config = ConfigDict(extra="forbid", strict=True)


Text = Annotated[str, Field(max_length=1000)]
Reason = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=500),
    Field(description="Why; it is kept in the record."),
]


class Entered(Answer):
    """Something was entered, under this number."""

    number: int


class Told(Answer):
    """What came of an order."""

    done: str
