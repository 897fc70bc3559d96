"""Flags of `prepare` that were guessed, with the evidence of each."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Setting:
    """A flag of `prepare` with a guessed value.

    Attributes:
        name: Name of the flag, without dashes.
        value: Value of the flag.
        evidence: Reason for the value, for a comment.
        is_active: Whether the flag is set; otherwise it is an alternative that
            is commented out.
    """

    name: str
    value: str | float | bool
    evidence: str
    is_active: bool = True


@dataclasses.dataclass
class Plan:
    """Guesses on a folder.

    Attributes:
        sections: Settings by title of their section.
        found: Sentences on the tables and photos.
        unsure: Sentences on guesses that need a look.
        left_out: Sentences on the data that are not used.

    Example:
        plan = Plan()
        plan.add("Interactions", Setting("user_column", "who", "by its name"))
    """

    sections: dict[str, list[Setting]] = dataclasses.field(default_factory=dict)
    found: list[str] = dataclasses.field(default_factory=list)
    unsure: list[str] = dataclasses.field(default_factory=list)
    left_out: list[str] = dataclasses.field(default_factory=list)

    def add(self, section: str, *settings: Setting) -> None:
        """Adds settings to a section."""
        self.sections.setdefault(section, []).extend(settings)

    def value_of(self, name: str) -> str | float | bool | None:
        """Returns the value of an active setting, None if there is none."""
        for settings in self.sections.values():
            for setting in settings:
                if setting.name == name and setting.is_active:
                    return setting.value
        return None
