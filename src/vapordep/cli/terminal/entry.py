"""An entry: one question on the terminal, and what was typed so far."""

import asyncio

from vapordep.model.questions import Question, Wanted

LONGEST = 500
"""Characters that an answer may have."""
ENTER, BACK = ("\r", "\n"), ("\x7f", "\b")


class Entry:
    """Takes keys until the question is answered; made and used on a running loop."""

    def __init__(self, question: Question) -> None:
        self.question = question
        self.text = ""
        self.answered: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    @property
    def done(self) -> bool:
        """Whether it is answered, or nobody waits for the answer any more."""
        return self.answered.done()

    @property
    def shown(self) -> str:
        """The question as a person sees it, with what they typed."""
        if self.question.wanted is Wanted.CONFIRMATION:
            return f"{self.question.text}   Done? Press y."
        return f"{self.question.text}   Type it, then Enter: {self.text}_"

    def take(self, typed: str) -> None:
        """One key: a character, Backspace or Enter; what cannot be printed is passed over."""
        if typed in ENTER:
            self.finish()
        elif typed in BACK:
            self.text = self.text[:-1]
        elif typed.isprintable() and len(self.text) < LONGEST:
            self.text += typed

    def finish(self) -> None:
        """What was typed is the answer."""
        if not self.done:
            self.answered.set_result(self.text.strip())
