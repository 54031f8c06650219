"""Who has left by a roster file, and who is kept until a person says so."""

from announcements.roster import Living, RefusedRow, who_left

HERE, NEXT = 1, 2
ALL = frozenset({HERE, NEXT})


def people(count: int, *, area: int = HERE, named: bool = True, start: int = 0) -> list[Living]:
    return [
        Living(
            start + n, f"H-{start + n}", f"Hộ {start + n}", area, f"Ngõ {start + n}", (f"+8490{start + n:07}",), named
        )
        for n in range(count)
    ]


def missing(count: int, *, area: int = HERE, start: int = 1_000) -> list[Living]:
    return people(count, area=area, named=False, start=start)


def test_a_few_that_are_missing_have_left() -> None:
    found = who_left([*people(80), *missing(20)], [])
    assert (len(found.leaving), found.held_back) == (20, [])


def test_a_small_group_may_empty_altogether() -> None:
    assert len(who_left(missing(15), []).leaving) == 15


def test_a_fifth_and_more_than_twenty_are_held_back_all_of_them() -> None:
    found = who_left([*people(79), *missing(21)], [])
    assert (found.leaving, len(found.too_many), found.out_of) == ([], 21, 100)


def test_many_may_leave_where_very_many_live() -> None:
    assert len(who_left([*people(400), *missing(100)], []).leaving) == 100


def test_one_group_that_was_cut_short_is_held_back_and_the_others_leave() -> None:
    cut_short = [*people(10, area=NEXT, start=600), *missing(31, area=NEXT, start=2_000)]
    found = who_left([*people(500), *missing(3), *cut_short], [])
    assert [one.area_id for one in found.leaving] == [HERE] * 3
    assert {one.area_id for one in found.too_many} == {NEXT}
    assert (len(found.too_many), found.out_of) == (31, 41)


def test_what_a_person_means_happens() -> None:
    found = who_left([*people(5), *missing(95)], [], meant=True)
    assert (len(found.leaving), found.held_back) == (95, [])


def test_a_refused_row_keeps_the_household_of_its_name() -> None:
    living = [*people(10), *missing(2)]
    found = who_left(living, [(RefusedRow(7, head="HO 1000"), ALL)])
    assert [one.head for one in found.unsure] == ["Hộ 1000"]
    assert [one.head for one in found.leaving] == ["Hộ 1001"]
    assert found.unsure_rows == [7]


def test_a_refused_row_without_a_name_keeps_the_household_of_its_telephone_or_address() -> None:
    for row in (RefusedRow(7, phones=("+84900001000",)), RefusedRow(7, address="ngõ 1000")):
        found = who_left(missing(3), [(row, ALL)])
        assert [one.head for one in found.unsure] == ["Hộ 1000"]


def test_a_refused_row_that_says_nothing_may_be_anybody_of_its_areas() -> None:
    living = [*missing(3), *missing(2, area=NEXT, start=2_000)]
    found = who_left(living, [(RefusedRow(7, phones=("+84911111111",)), frozenset({NEXT}))])
    assert {one.area_id for one in found.unsure} == {NEXT}
    assert len(found.leaving) == 3


def test_a_refused_row_with_a_new_name_or_code_keeps_nobody() -> None:
    for row in (RefusedRow(7, head="Người Mới"), RefusedRow(7, code="H-NEW")):
        assert len(who_left(missing(3), [(row, ALL)]).leaving) == 3


def test_a_refused_row_is_no_departure_even_when_departures_are_meant() -> None:
    found = who_left(missing(40), [(RefusedRow(7, head="Hộ 1000"), ALL)], meant=True)
    assert (len(found.leaving), len(found.unsure)) == (39, 1)
