"""Changes one thing in the solution of each hole, and shows the changes that no check notices.

    python tests/exercises/mutants.py                 all holes; some minutes
    python tests/exercises/mutants.py rank getrange   these

A mutant that survives either shows that a check is missing, or it makes no difference that counts: then it
stands with the reason in docs/exercises/wrong/survivors.txt, a line each, as `exercise | mutant | reason`.
The exit code is 1 if a survivor does not stand there.
"""

import ast
import copy
import os
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(REPOSITORY), str(REPOSITORY / "docs"), str(Path(__file__).parent)]

from exercises.machinery import source  # noqa: E402
from exercises.machinery.catalogue import Exercise, all_exercises  # noqa: E402
from exercises.machinery.running import overlay_of, run  # noqa: E402
from wrong_answers import FOLDER, WrongAnswer, with_body  # noqa: E402

SURVIVORS = FOLDER / "survivors.txt"
SECONDS = 4.0  # for one check
COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.BitXor: ast.BitOr,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}
CALLS = {"min": "max", "max": "min", "any": "all", "all": "any"}


def mutants(function: ast.FunctionDef) -> Iterator[tuple[str, ast.FunctionDef]]:
    """Each mutant, and what was changed: `line -> line`, as ast.unparse writes it.  Types stay."""
    before = ast.unparse(function).splitlines()
    annotations = [node.annotation for node in ast.walk(function) if isinstance(node, ast.AnnAssign)]
    parts = [function.args, *filter(None, [function.returns]), *annotations]
    unchanged = {id(node) for part in parts for node in ast.walk(part)}
    for number, node in enumerate(ast.walk(function)):
        if id(node) in unchanged:
            continue
        for changed in _changes(node):
            mutant = copy.deepcopy(function)
            _replace(mutant, number, changed)
            ast.fix_missing_locations(mutant)
            after = ast.unparse(mutant).splitlines()
            if after != before:
                yield _difference(before, after), mutant


def _replace(function: ast.FunctionDef, number: int, changed: ast.AST) -> None:
    """Puts `changed` in the place of the node with this number of ast.walk."""
    node = list(ast.walk(function))[number]
    if isinstance(changed, ast.Pass | ast.Try | ast.If | ast.While) or type(changed) is not type(node):
        for parent in ast.walk(function):
            for name, value in ast.iter_fields(parent):
                if value is node:
                    setattr(parent, name, changed)
                elif isinstance(value, list) and any(each is node for each in value):
                    value[[each is node for each in value].index(True)] = changed
        return
    for name, value in ast.iter_fields(changed):
        setattr(node, name, value)


def _changes(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes that may stand in the place of this one."""
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        for other in COMPARISONS[type(node.ops[0])]:
            yield ast.Compare(node.left, [other()], node.comparators)
    if isinstance(node, ast.BinOp | ast.AugAssign) and type(node.op) in OPERATORS:
        changed = copy.deepcopy(node)
        changed.op = OPERATORS[type(node.op)]()
        yield changed
    if isinstance(node, ast.BoolOp):
        yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
        for left_out in range(len(node.values)):
            kept = [each for number, each in enumerate(node.values) if number != left_out]
            yield kept[0] if len(kept) == 1 else ast.BoolOp(node.op, kept)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield node.operand
    yield from _changes_of_constant(node)
    yield from _changes_of_statement(node)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLS:
        yield ast.Call(ast.Name(CALLS[node.func.id], ast.Load()), node.args, node.keywords)


def _changes_of_constant(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield ast.Constant(not node.value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int):
        yield ast.Constant(node.value + 1)
        yield ast.Constant(node.value - 1)


def _changes_of_statement(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.If | ast.While):
        for value in (True, False):
            changed = copy.copy(node)
            changed.test = ast.Constant(value)
            yield changed
    if isinstance(node, ast.Expr | ast.AugAssign | ast.Delete | ast.Break | ast.Continue | ast.Raise):
        yield ast.Pass()
    if isinstance(node, ast.Try) and node.finalbody:
        yield ast.If(ast.Constant(True), [*node.body, *node.finalbody], [])


def _difference(before: list[str], after: list[str]) -> str:
    """The first lines that are not the same, made one line each."""
    pairs = [(old, new) for old, new in zip(before, after, strict=False) if old != new]
    old, new = pairs[0] if pairs else (before[-1], after[-1])
    return f"{old.strip()} -> {new.strip()}"


def mutants_of(exercise: Exercise) -> list[WrongAnswer]:
    """Each mutant of an exercise's hole as a file of a student."""
    ours = (REPOSITORY / exercise.path).read_bytes()
    function = source._node(ours, exercise.function)
    assert isinstance(function, ast.FunctionDef)
    bare = copy.deepcopy(function)
    if ast.get_docstring(bare) is not None:
        bare.body = bare.body[1:]
    bare.decorator_list = []
    return [
        WrongAnswer(exercise, text, with_body(exercise, _body(mutant), 4)) for text, mutant in mutants(bare)
    ]


def _body(function: ast.FunctionDef) -> bytes:
    lines = [line for node in function.body for line in ast.unparse(node).splitlines()]
    return "".join(f"    {line}\n" for line in lines).encode()


def survives(answer: WrongAnswer) -> bool:
    with overlay_of(answer.exercise.path, answer.content) as overlay:
        return run(answer.exercise, overlay, SECONDS).is_solved


def known_survivors() -> set[tuple[str, str]]:
    """The exercise and the mutant of each line of survivors.txt."""
    lines = SURVIVORS.read_text(encoding="utf-8").splitlines()
    known = set()
    for line in lines:
        name, _, rest = line.partition(" | ")
        mutant, _, reason = rest.rpartition(" | ")
        if reason and not line.startswith("#"):
            known.add((name, mutant))
    return known


def main(names: list[str]) -> int:
    known, unknown, count = known_survivors(), 0, 0
    chosen = [each for each in all_exercises() if each.is_hole and (not names or each.name in names)]
    answers = [answer for each in chosen for answer in mutants_of(each)]
    with ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        for answer, survived in zip(answers, pool.map(survives, answers), strict=True):
            count += survived
            if survived and (answer.exercise.name, answer.name) not in known:
                unknown += 1
                print(f"{answer.exercise.name} | {answer.name} | ", flush=True)
    print(f"{len(answers)} mutants, {count} survive, {unknown} of them without a reason")
    return 1 if unknown else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
