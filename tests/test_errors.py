from aip.errors import LONGEST, BadInput, unknown


def test_a_message_is_one_line_that_does_nothing_to_a_terminal():
    message = str(BadInput("t.csv: found 'a\r\nb\x1b[2J\u2028\ud800', Zoë → –"))
    assert message == r"t.csv: found 'a\r\nb\x1b[2J\u2028\ud800', Zoë → –"


def test_the_middle_of_a_long_message_is_left_out():
    message = str(BadInput(f"t.csv: found {'9' * 10_000}, expected a number"))
    assert LONGEST - 10 < len(message) <= LONGEST
    assert message.startswith("t.csv: found 999")
    assert message.endswith("999, expected a number")
    assert str(BadInput("9" * LONGEST)) == "9" * LONGEST


def test_where_there_is_nothing_to_name_that_is_said():
    assert str(unknown("a.b", "game", "c", [])) == "a.b: unknown game 'c'; there is none"
