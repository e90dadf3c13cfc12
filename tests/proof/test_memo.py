import pytest

from trellis.rendering.memo import Memo


class Answers(dict[str, object]):
    def mark(self, name: str) -> object:
        return self.get(name)


def computation(runs: list[Answers]) -> Memo[Answers, str]:
    """Return a computation that reads `style` only where there is a store."""

    def compute(answers: Answers) -> tuple[str, list[str]]:
        runs.append(answers)
        if answers["store"] == "none":
            return "nothing", ["store", "store"]
        return f"{answers['store']} {answers['style']}", ["store", "style"]

    return Memo(compute)


def test_equal_reads_share_one_run() -> None:
    runs: list[Answers] = []
    memo = computation(runs)
    results = [
        memo(Answers(store=store, style=style, other=other))
        for store in ("none", "file")
        for style in ("plain", "careful")
        for other in range(3)
    ]
    assert results == 6 * ["nothing"] + 3 * ["file plain"] + 3 * ["file careful"]
    assert len(runs) == 3
    assert sorted(memo) == ["file careful", "file plain", "nothing"]


def test_absent_answer_differs_from_all_others() -> None:
    def compute(answers: Answers) -> tuple[object, list[str]]:
        return answers.get("store", "absent"), ["store"]

    memo = Memo(compute)
    assert [memo(Answers()), memo(Answers(store="file")), memo(Answers())] == ["absent", "file", "absent"]


def test_result_that_depends_on_nothing_is_computed_once() -> None:
    runs: list[Answers] = []

    def compute(answers: Answers) -> tuple[None, list[str]]:
        return runs.append(answers), []

    memo = Memo(compute)
    memo(Answers(store="none"))
    memo(Answers(store="file"))
    assert len(runs) == 1


def test_reads_that_are_no_function_of_the_answers_are_refused() -> None:
    reads = [["store"], ["style", "store"]]

    def compute(_: Answers) -> tuple[str, list[str]]:
        return "", reads.pop(0)

    memo = Memo(compute)
    memo(Answers(store="none", style="plain"))
    with pytest.raises(RuntimeError, match="style is read where store was read before"):
        memo(Answers(store="file", style="plain"))
