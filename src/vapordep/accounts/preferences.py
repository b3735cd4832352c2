"""Preferences: how a person wants to see the pages, wherever they log in. They say nothing of what anybody may do."""

import json
from collections.abc import Mapping
from dataclasses import field

from sqlalchemy import delete, insert, select

from vapordep.accounts.store import Store
from vapordep.accounts.tables import preferences
from vapordep.history.database.dialects import has_table
from vapordep.lazy import dataclass


@dataclass(frozen=True, slots=True)
class Preference:
    """Theme: light, dark, or empty as the system has it; units by dimension; whether new alarms are to be heard."""

    theme: str = ""
    units: Mapping[str, str] = field(default_factory=dict)
    sound: bool = False


class Preferences:
    """Those of all people of one file of accounts."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def of(self, person: str) -> Preference:
        """What somebody prefers; nothing where they never said so. Raises HistoryError when it cannot be read."""
        if not self._store.is_there:
            return Preference()
        with self._store.reading() as connection:
            if not has_table(connection, preferences.name):  # a file of before, which nobody has written to since
                return Preference()
            row = connection.execute(select(preferences).where(preferences.c.person == person)).first()
        return Preference() if row is None else Preference(row.theme, json.loads(row.units), bool(row.sound))

    def keep(self, person: str, preference: Preference) -> None:
        """From now on; raises HistoryError when that cannot be written."""
        row = {
            "person": person, "theme": preference.theme, "sound": int(preference.sound),
            "units": json.dumps(dict(preference.units), sort_keys=True),
        }  # fmt: skip
        with self._store.writing() as connection:
            connection.execute(delete(preferences).where(preferences.c.person == person))
            connection.execute(insert(preferences), row)
