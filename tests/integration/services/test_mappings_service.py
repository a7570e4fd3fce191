import pytest

from amc.container import Services
from amc.errors import MappingError, StaleError
from amc.services.mappings import RuleView

CSV = (
    b"ad_product,campaign_id,name,brand,tags\n"
    b"dsp,577301234567890123,Spring <b>sale</b>,Nova,a|b\n"
    b"dsp,577301234567890123,Twice,Nova,\n"
    b",007,Agent,,\n"
    b",,No id,,\n"
)


def test_an_import_tells_each_row_and_saves_the_good_ones(built: Services) -> None:
    look = built.mappings.preview_import(CSV)
    assert (look.new, look.changed, look.same, len(look.bad)) == (2, 0, 0, 2)
    assert built.mappings.page()[1] == 0
    done = built.mappings.apply_import("ann", CSV)
    assert done.applied
    again = built.mappings.preview_import(CSV)
    assert (again.new, again.changed, again.same) == (0, 0, 2)


def test_the_export_reads_back_the_same(built: Services) -> None:
    built.mappings.apply_import("ann", CSV)
    text = "".join(built.mappings.export())
    found = built.mappings.preview_import(text.encode())
    assert (found.new, found.changed, found.same, found.bad) == (0, 0, 2, [])


def test_names_are_found_by_their_ids_as_text(built: Services) -> None:
    built.mappings.apply_import("ann", CSV)
    found = built.mappings.names_for(["577301234567890123", "007", "7"])
    assert found == {
        "577301234567890123": {"name": "Spring <b>sale</b>", "brand": "Nova"},
        "007": {"name": "Agent", "brand": ""},
    }


def test_an_id_that_two_products_name_differently_is_not_guessed(built: Services) -> None:
    for product, name in (("dsp", "One"), ("sponsored_brands", "Two")):
        built.mappings.save("ann", ad_product=product, campaign_id="1", name=name)
    assert built.mappings.names_for(["1"]) == {}


def test_a_second_editor_is_refused_and_loses_nothing(built: Services) -> None:
    row = built.mappings.save("ann", ad_product="dsp", campaign_id="1", name="One")
    built.mappings.save("bob", ad_product="dsp", campaign_id="1", name="Two", version=row.version)
    with pytest.raises(StaleError):
        built.mappings.save(
            "ann", ad_product="dsp", campaign_id="1", name="Three", version=row.version
        )
    assert built.mappings.page()[0][0].name == "Two"


def test_rules_give_brands_and_the_first_one_wins(built: Services) -> None:
    for number, name in enumerate(("Nova Spring", "Lumen Autumn", "Other"), start=1):
        built.mappings.save("ann", ad_product="", campaign_id=str(number), name=name)
    built.mappings.set_rules(
        "ann",
        [
            RuleView(1, "name", "starts_with", "nova", "Nova", ["x"]),
            RuleView(2, "name", "matches", "(?i)n", "Lumen", []),
        ],
    )
    assert built.mappings.apply_rules("ann") == 2
    assert {r.name: r.brand for r in built.mappings.page()[0]} == {
        "Nova Spring": "Nova",
        "Lumen Autumn": "Lumen",
        "Other": "",
    }
    with pytest.raises(MappingError, match="pattern"):
        built.mappings.set_rules("ann", [RuleView(1, "name", "matches", "(", "B", [])])
    assert len(built.mappings.rules()) == 2


def test_what_a_person_wrote_stays_when_names_are_fetched(built: Services) -> None:
    from amc.services.mapping_csv import MappingRow

    built.mappings.save("ann", ad_product="dsp", campaign_id="1", name="Ours")
    fetched = [MappingRow(0, "dsp", c, "Amazon's", "", ()) for c in ("1", "2")]
    assert built.mappings.put_fetched("sync", fetched)["new"] == 1
    assert {r.campaign_id: r.name for r in built.mappings.page()[0]} == {
        "1": "Ours",
        "2": "Amazon's",
    }
