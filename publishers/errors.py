"""What can go wrong on the wire, in the four classes that decide what happens next (DESIGN section 5)."""


class SendError(Exception):
    """Base: ``code`` names the error in the platform's table of causes and cures, ``detail`` is its text."""

    outcome = "permanent"

    def __init__(self, code: str, detail: str = "", *, undone: tuple[str, ...] = ()) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        # Names of earlier steps that, as is known now, have come to nothing and must be done again.
        self.undone = undone


class Permanent(SendError):
    """Refused, and would be refused again."""


class Transient(SendError):
    """Certainly not executed; may be tried again."""

    outcome = "transient"


class Throttled(Transient):
    """Certainly not executed; the platform wants no more before ``seconds`` have passed.

    ``key`` is the pace to pause; without one it is the narrowest of the message's limits.
    """

    outcome = "throttled"

    def __init__(self, code: str, seconds: float, detail: str = "", key: str | None = None) -> None:
        super().__init__(code, detail)
        self.seconds = seconds
        self.key = key


class CredentialsExpired(Transient):
    """Not executed: the access token has run out. The engine renews it and tries again.

    For platforms with ``renewable`` (publishers/renewal.py).
    """


class Ambiguous(SendError):
    """May have been executed: ask the platform, or a person. Never sent again on a guess."""

    outcome = "ambiguous"
