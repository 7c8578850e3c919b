"""What can be set of a rule: a threshold, declared with the rule that has it."""

from msgspec import Struct


class Option(Struct, frozen=True):
    """One threshold of a rule. Its function gets the value as the argument of that name."""

    name: str
    default: float
    "an int where only whole numbers make sense"
    unit: str
    text: str
    "what it is, as it follows a colon"
    least: int = 0

    def checked(self, value: object) -> float:
        """The value, where it can stand for this option. ValueError says what could."""
        whole = "whole " if isinstance(self.default, int) else ""
        if isinstance(value, int if whole else int | float) and not isinstance(value, bool):
            number: float = value
            if number >= self.least:
                return number
        raise ValueError(f"must be a {whole}number from {self.least}; it is {value!r}")
