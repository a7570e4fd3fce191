"""Brands, and the rules that give them to campaigns."""

from collections.abc import Iterable
from dataclasses import asdict

from amc import ids
from amc.db.mapping_models import Brand, BrandRule
from amc.db.repos import fleet
from amc.db.repos import mappings as repo
from amc.errors import MappingError, MissingError
from amc.services.mapping_reach import NameRights
from amc.services.mapping_views import RuleView, check_rule, matches, plain


class BrandRules(NameRights):
    """The part of mappings that is about brands; changing them is for unlimited rights."""

    def brands(self) -> list[str]:
        """Names of all brands, kept or in use by campaigns and instances."""
        with self._database.read() as session:
            reach, allowed = self._name_reach(session), self._scope.brands(session)
            kept = {b.name for b in repo.brands(session)}
            kept |= set(repo.brand_names_in_use(session, reach))
            kept |= {i.brand for i, _ in fleet.instances(session) if i.brand}
            return sorted(kept if allowed is None else kept & allowed, key=str.lower)

    def rules(self) -> list[RuleView]:
        """All rules, the first that matches wins."""
        with self._database.read() as session:
            allowed = self._scope.brands(session)
            return [
                RuleView(r.position, r.field, r.operator, r.value, r.brand, list(r.tags))
                for r in repo.rules(session)
                if allowed is None or r.brand in allowed
            ]

    def set_rules(self, actor: str, rules: Iterable[RuleView]) -> None:
        """Replace all rules.

        Raises:
            MappingError: a rule cannot be used; none is saved then.
        """
        self._scope.refuse_if_limited("This")
        wanted = list(rules)
        for rule in wanted:
            check_rule(rule)
        with self._database.write() as session:
            before = [plain(r) for r in repo.rules(session)]
            for row in repo.rules(session):
                session.delete(row)
            session.flush()
            for position, rule in enumerate(wanted, start=1):
                session.add(
                    BrandRule(
                        position=position,
                        field=rule.field,
                        operator=rule.operator,
                        value=rule.value,
                        brand=rule.brand,
                        tags=list(rule.tags),
                        created_at=self._clock.now(),
                    )
                )
            self._audit.record(
                session,
                actor,
                "mapping.rules",
                "rules",
                {"rules": before},
                {"rules": [asdict(r) for r in wanted]},
            )

    def apply_rules(self, actor: str, *, only_without_brand: bool = True) -> int:
        """Give brands by the rules; how many campaigns changed."""
        self._scope.refuse_if_limited("This")
        rules = self.rules()
        changed = 0
        with self._database.write() as session:
            for row in list(repo.every_campaign(session)):
                if only_without_brand and row.brand:
                    continue
                rule = next((r for r in rules if matches(r, row)), None)
                if rule is None or (row.brand == rule.brand and set(rule.tags) <= set(row.tags)):
                    continue
                row.brand = rule.brand
                row.tags = list(dict.fromkeys([*row.tags, *rule.tags]))
                row.updated_at, row.updated_by = self._clock.now(), actor
                row.version += 1
                changed += 1
            self._audit.record(
                session, actor, "mapping.apply_rules", "rules", None, {"changed": changed}
            )
        return changed

    def save_brand(self, actor: str, name: str, *, colour: str = "") -> None:
        """Make a brand, or change its colour.

        Raises:
            MappingError: no name.
        """
        self._scope.refuse_if_limited("This")
        name = name.strip()
        if not name:
            raise MappingError("A brand needs a name.")
        with self._database.write() as session:
            row = repo.brand(session, name)
            if row is None:
                row = Brand(
                    public_id=ids.mint(ids.BRAND),
                    name=name,
                    colour=colour,
                    settings={},
                    created_at=self._clock.now(),
                )
                session.add(row)
            row.colour = colour or row.colour
            self._audit.record(session, actor, "brand.save", name, None, {"colour": colour})

    def remove_brand(self, actor: str, name: str) -> None:
        """Remove a brand; campaigns keep the word.

        Raises:
            MissingError: no such brand.
        """
        self._scope.refuse_if_limited("This")
        with self._database.write() as session:
            row = repo.brand(session, name)
            if row is None:
                raise MissingError(f"There is no brand '{name}'.")
            session.delete(row)
            self._audit.record(session, actor, "brand.remove", name, {"name": name}, None)
