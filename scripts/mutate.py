"""Would a test notice? Single changes of the source, a sample of them, each held against the tests of its module.

    ./run mutate [PATHS] [--sample 200] [--seed 1] [--jobs 1]

PATHS are modules or folders of src/yttria (without any: planning, physics and evidence). Cosmic Ray makes the changes: a comparison loses
or gains its equality or turns round, plus is minus, times is divided by, `and` is `or`, a number is one more or less, a condition is
negated, a loop runs never. A place of the source is drawn once, with one of its changes; functions under a decorator take part.
The tests that mirror a module (tests/FOLDER/test_MODULE.py) and the examples of its docstrings are run first. What they do not notice is
held against the wing's rows of thresholds and those of its tests that run the changed function; what these do not notice, against up to twelve
of the stories (tests/test_story_*.py) that run it. Coverage, measured once on the unchanged source, says which. All of it happens in copies of the tree: the working tree is never touched. A change that no test notices has survived, and is printed as a diff;
one whose tests do not end within three times their usual time, and no less than two minutes, is a timeout and counts as noticed. Half a
minute a change; not a part of `./run test`.
"""

import argparse
import ast
import random
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Literal

import coverage
import pytest
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_and_test
from cosmic_ray.plugins import get_operator
from cosmic_ray.work_item import MutationSpec, TestOutcome

from yttria.evidence.descriptive.proportions import Proportion

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = Path("src/yttria")
USUAL = ("planning", "physics", "evidence")
MEMORY_BYTES = 16 * 2**30
MOST_JOBS = 2
MOST_STORIES = 12
PATIENCE = 3.0
LEAST_PATIENCE_S = 120.0  # what is compiled is compiled anew

# Changes that a number or a judgement can feel; the others of Cosmic Ray (bit operations on floats, `is` for `<`) end in a TypeError.
COMPARISONS = ("Lt_LtE", "Lt_GtE", "LtE_Lt", "LtE_Gt", "Gt_GtE", "Gt_LtE", "GtE_Gt", "GtE_Lt", "Eq_NotEq", "NotEq_Eq", "Is_IsNot", "IsNot_Is")  # fmt: skip
ARITHMETIC = ("Add_Sub", "Sub_Add", "Mul_Div", "Div_Mul", "Pow_Mul", "FloorDiv_Div", "Mod_Div", "BitAnd_BitOr", "BitOr_BitAnd")  # fmt: skip
OTHERS = (
    "ReplaceUnaryOperator_Delete_USub",
    "ReplaceUnaryOperator_Delete_Invert",
    "ReplaceUnaryOperator_Delete_Not",
    "AddNot",
    "ReplaceTrueWithFalse",
    "ReplaceFalseWithTrue",
    "ReplaceAndWithOr",
    "ReplaceOrWithAnd",
    "ReplaceBreakWithContinue",
    "ReplaceContinueWithBreak",
    "NumberReplacer",
    "ZeroIterationForLoop",
)
OPERATORS = (
    *(f"core/ReplaceComparisonOperator_{name}" for name in COMPARISONS),
    *(f"core/ReplaceBinaryOperator_{name}" for name in ARITHMETIC),
    *(f"core/{name}" for name in OTHERS),
)

Place = tuple[int, int]


@dataclass(frozen=True)
class Change:
    """One change of one module: which operator, the how-manieth of its places, and where that is."""

    module: Path
    operator: str
    occurrence: int
    start: Place
    end: Place


@dataclass(frozen=True)
class Outcome:
    """What became of a change, and its diff. "killed": by the mirrored tests; "wing": by others of the wing; "story": by a story."""

    change: Change
    verdict: Literal["killed", "wing", "story", "timeout", "survived"]
    diff: str = ""


@dataclass(frozen=True)
class Mirror:
    """The tests that mirror a module: what to hand to pytest, and how long they take unchanged, s."""

    paths: tuple[Path, ...]
    seconds: float


@dataclass(frozen=True)
class Wing:
    """The tests of a wing, or the stories: which of them run a line of a module, by module and line; and how long all take unchanged, s."""

    tests: Mapping[Path, Mapping[int, frozenset[str]]]
    seconds: float

    def of(self, change: Change, tree: ast.Module) -> list[str]:
        """Return the tests that run the function of a change; those of its whole module where it lies in none or is compiled."""
        lines = self.tests.get(change.module, {})
        inner = min(
            (
                ((node.end_lineno or node.lineno) - node.lineno, node.lineno, node.end_lineno or node.lineno)
                for node in ast.walk(tree)
                if isinstance(node, ast.FunctionDef) and node.lineno <= change.start[0] <= (node.end_lineno or 0)
            ),
            default=None,
        )
        mine = {test for line, tests in lines.items() if inner and inner[1] < line <= inner[2] for test in tests}
        return sorted(mine or {test for tests in lines.values() for test in tests})


def modules_under(paths: Iterable[Path], root: Path) -> tuple[Path, ...]:
    """Return the modules of files and folders, relative to the root.

    Raises
    ------
    SystemExit
        A path outside the package, or one that is not there.
    """
    found: dict[Path, None] = {}
    for path in paths:
        full = (
            path if path.is_absolute() else next((p for p in (root / path, root / PACKAGE / path) if p.exists()), path)
        )
        if not full.exists() or root / PACKAGE not in (full, *full.parents):
            raise SystemExit(f"expected modules or folders of {PACKAGE}, found {path}")
        for module in sorted(full.rglob("*.py")) if full.is_dir() else [full]:
            found[module.relative_to(root)] = None
    return tuple(found)


def mirrored_tests(module: Path, root: Path) -> tuple[Path, ...]:
    """Return what tests a module: the file that mirrors it, and the module itself where a docstring has an example."""
    inner = module.relative_to(PACKAGE)
    mirror = Path("tests") / inner.parent / f"test_{inner.name}"
    examples = ">>>" in (root / module).read_text(encoding="utf-8")
    return tuple(path for path, there in ((mirror, (root / mirror).is_file()), (module, examples)) if there)


def wing_of(module: Path) -> str:
    """Return the first folder of a module under the package, "." for a module at its top."""
    return module.relative_to(PACKAGE).parts[0] if len(module.relative_to(PACKAGE).parts) > 1 else "."


def unfelt(tree: ast.Module) -> Iterator[tuple[Place, Place]]:
    """Return the places where a change changes nothing that runs: annotations, decorators (slots, frozen), the star before arguments by name, imports for the type checker alone, `strict` of what has equal lengths."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.args.kwonlyargs and node.args.vararg is None:
            before: list[ast.arg | ast.expr] = [*node.args.posonlyargs, *node.args.args, *node.args.defaults]
            ends = [(part.end_lineno or part.lineno, part.end_col_offset or 0) for part in before]
            first = node.args.kwonlyargs[0]
            yield max(ends, default=(node.lineno, node.col_offset)), (first.lineno, first.col_offset)
        parts: list[ast.AST | None] = [getattr(node, "annotation", None), getattr(node, "returns", None)]
        parts += getattr(node, "decorator_list", [])
        parts += [word.value for word in getattr(node, "keywords", []) if word.arg == "strict"]
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            parts.append(node)
        for part in parts:
            if isinstance(part, ast.expr | ast.stmt):
                yield (part.lineno, part.col_offset), (part.end_lineno or part.lineno, part.end_col_offset or 0)


def changes_of(module: Path, root: Path) -> list[Change]:
    """Return every change of a module that something could feel."""
    text = (root / module).read_text(encoding="utf-8")
    nodes, left_out = list(ast_nodes(get_ast(text))), list(unfelt(ast.parse(text)))
    found = []
    for name in OPERATORS:
        operator: Any = get_operator(name)()
        places = (place for node in nodes for place in operator.mutation_positions(node))
        for occurrence, (start, end) in enumerate(places):
            if not any(low <= start < high for low, high in left_out):
                found.append(Change(module, name, occurrence, start, end))
    return found


def sampled(changes: Sequence[Change], size: int, seed: int) -> list[Change]:
    """Return one change of each of `size` places, drawn by a seed; of all places where there are fewer."""
    places: dict[tuple[Path, Place], list[Change]] = {}
    for change in changes:
        places.setdefault((change.module, change.start), []).append(change)
    draw = random.Random(seed)  # noqa: S311  a sample, no secret
    return [draw.choice(places[place]) for place in draw.sample(sorted(places), min(size, len(places)))]


@dataclass(frozen=True)
class Copy:
    """A copy of the tree in which changes are made and tests run."""

    root: Path

    @classmethod
    def of(cls, tree: Path, folder: Path) -> "Copy":
        """Return a copy in a folder, with what lies beside the tree (shared data) beside it."""
        shutil.copytree(
            tree, folder / tree.name, ignore=shutil.ignore_patterns(".git", ".venv*", ".tools", ".*_cache", "demo")
        )
        if (beside := tree.parent / "shared").exists():
            (folder / "shared").symlink_to(beside)
        return cls(folder / tree.name)

    def command(self, tests: Iterable[Path | str], compiled: Path) -> str:
        """Return the command that runs tests in this copy, with its own source first, its memory bounded and machine code kept in a folder."""
        words = [
            *(["prlimit", f"--as={MEMORY_BYTES}"] if shutil.which("prlimit") else []),
            *("env", "-C", str(self.root), f"PYTHONPATH={self.root / 'src'}"),
            *("OPENBLAS_NUM_THREADS=1", f"NUMBA_CACHE_DIR={compiled}", f"COVERAGE_FILE={self.root / '.coverage'}"),
            *(sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-o", "addopts="),
            *("--import-mode=importlib", "--doctest-modules", "--doctest-glob=", "--hypothesis-seed=0"),
            *(
                "-W",
                "ignore::pytest.PytestCollectionWarning",
            ),  # a module whose examples are run may have a class `Test`
            *map(str, tests),
        ]
        return shlex.join(words)

    @property
    def compiled(self) -> Path:
        """Return where the machine code of the unchanged source is kept.

        Machine code of one module holds that of others, and is not made anew when those change: a module that is compiled is tried
        without any.
        """
        return self.root / ".numba"

    def mirror(self, module: Path) -> Mirror:
        """Return the tests that mirror a module, run once on the unchanged source.

        Raises
        ------
        SystemExit
            They fail there already.
        """
        paths = mirrored_tests(module, self.root)
        return Mirror(paths, self._seconds(paths, f"the tests of {module}") if paths else 0.0)

    def wing(self, name: str) -> Wing:
        """Return the tests of a wing and the lines that each runs."""
        folder = Path("tests") / name
        return self.covering([folder], f"{PACKAGE / name}") if (self.root / folder).is_dir() else Wing({}, 0.0)

    def stories(self) -> Wing:
        """Return the stories and the lines that each runs."""
        paths = sorted(path.relative_to(self.root) for path in (self.root / "tests").glob("test_story_*.py"))
        return self.covering(paths, f"{PACKAGE}") if paths else Wing({}, 0.0)

    def covering(self, tests: Sequence[Path], source: str) -> Wing:
        """Return tests and the lines of a folder of the source that each runs, from one run on the unchanged source.

        Raises
        ------
        SystemExit
            They fail there already.
        """
        words = (f"--cov={source}", "--cov-context=test", "--cov-report=")
        seconds = self._seconds((*tests, *words), f"the tests of {source}")
        data = coverage.CoverageData(str(self.root / ".coverage"))
        data.read()
        return Wing(
            {
                Path(file).relative_to(self.root): {
                    line: frozenset(test.partition("|")[0].partition("[")[0] for test in tests if test)
                    for line, tests in data.contexts_by_lineno(file).items()
                }
                for file in data.measured_files()
            },
            seconds,
        )

    def _seconds(self, tests: Iterable[Path | str], what: str) -> float:
        start = time.monotonic()
        done = subprocess.run(
            shlex.split(self.command(tests, self.compiled)), capture_output=True, text=True, check=False
        )
        if done.returncode not in (0, pytest.ExitCode.NO_TESTS_COLLECTED):
            raise SystemExit(f"{what} fail on the unchanged source:\n{done.stdout}{done.stderr}")
        return time.monotonic() - start

    def outcome(self, change: Change, mirror: Mirror, wing: Wing, stories: Callable[[], Wing]) -> Outcome:
        """Return whether the mirrored tests notice a change, or else those of the wing, or else stories; tests that never end have noticed."""
        found = self._tried(change, mirror.paths, mirror.seconds)
        if found.verdict != "survived":
            return found
        tree = ast.parse((self.root / change.module).read_text(encoding="utf-8"))
        others = wing.of(change, tree)
        others = [test for test in others if not test.startswith(tuple(f"{path}::" for path in mirror.paths))]
        if (self.root / (rows := Path("tests") / wing_of(change.module) / "test_thresholds.py")).is_file():
            others = [str(rows), *others]
        if others:
            found = self._tried(change, others, wing.seconds)
        if found.verdict != "survived":
            return replace(found, verdict="wing") if found.verdict == "killed" else found
        known = stories()
        more = known.of(change, tree)
        more = random.Random(f"{change}").sample(more, min(MOST_STORIES, len(more)))  # noqa: S311  a sample, no secret
        if more:
            found = self._tried(change, more, known.seconds)
        return replace(found, verdict="story") if found.verdict == "killed" else found

    def _tried(self, change: Change, tests: Sequence[Path | str], seconds: float) -> Outcome:
        if not tests:
            return Outcome(change, "survived", f"{change.module}:{change.start[0]}: {change.operator}: no test runs it")
        spec = MutationSpec(self.root / change.module, change.operator, change.occurrence, change.start, change.end)
        with tempfile.TemporaryDirectory() as fresh:
            compiles = "numba" in (self.root / change.module).read_text(encoding="utf-8")
            listed = Path(fresh, "tests")
            listed.write_text("\n".join(map(str, tests)), encoding="utf-8")
            command = self.command([f"@{listed}"], Path(fresh) if compiles else self.compiled)
            result: Any = mutate_and_test([spec], command, max(LEAST_PATIENCE_S, PATIENCE * seconds))
        if result.test_outcome not in (TestOutcome.KILLED, TestOutcome.SURVIVED):
            raise RuntimeError(f"{change} could not be made: {result.output}")
        noticed: Literal["timeout", "killed"] = "timeout" if result.output == "timeout" else "killed"
        diff = "\n".join(line for line in str(result.diff).replace(f"{self.root}/", "").splitlines() if line.strip())
        return Outcome(change, "survived" if result.test_outcome == TestOutcome.SURVIVED else noticed, diff)


def run_changes(changes: Sequence[Change], tree: Path, *, jobs: int, tell: Callable[[str], object]) -> list[Outcome]:
    """Return what became of each change, `jobs` at a time, each in a copy of its own."""
    with tempfile.TemporaryDirectory() as name, ThreadPoolExecutor(jobs) as pool:
        copies: SimpleQueue[Copy] = SimpleQueue()
        for number in range(jobs):
            folder = Path(name, str(number))
            folder.mkdir()
            copies.put(Copy.of(tree, folder))

        def in_a_copy(work: Callable[[Copy], Any]) -> Any:
            copy = copies.get()
            try:
                return work(copy)
            finally:
                copies.put(copy)

        modules = sorted({change.module for change in changes})
        mirrors = dict(zip(modules, pool.map(lambda m: in_a_copy(lambda c: c.mirror(m)), modules), strict=True))
        names = sorted({wing_of(module) for module in modules})
        stories = pool.submit(in_a_copy, Copy.stories)
        wings = dict(zip(names, pool.map(lambda name: in_a_copy(lambda c: c.wing(name)), names), strict=True))

        def judged(change: Change) -> Outcome:
            wing = wings[wing_of(change.module)]
            found: Outcome = in_a_copy(lambda copy: copy.outcome(change, mirrors[change.module], wing, stories.result))
            if found.verdict in ("survived", "timeout"):
                tell(f"{found.verdict}\n{found.diff}\n")
            return found

        return list(pool.map(judged, changes))


def summary(outcomes: Sequence[Outcome], seed: int) -> str:
    """Return what was noticed and what survived in each folder and in all, with the 95 % limits that a sample leaves."""
    folders: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        folders.setdefault(str(outcome.change.module.relative_to(PACKAGE).parent), []).append(outcome)
    lines = [
        f"{'folder':<28}{'killed':>8}{'by wing':>10}{'by story':>10}{'timeout':>10}{'survived':>10}   share noticed (95 % limits of Wilson)"
    ]
    for folder, mine in [*sorted(folders.items()), ("all", list(outcomes))]:
        counts = [
            sum(o.verdict == verdict for o in mine) for verdict in ("killed", "wing", "story", "timeout", "survived")
        ]
        share = Proportion(len(mine) - counts[-1], len(mine))
        low, high = share.wilson(0.95)
        columns = f"{counts[0]:>8}" + "".join(f"{count:>10}" for count in counts[1:])
        lines.append(f"{folder:<28}{columns}   {share.share:.0%} ({low:.0%} to {high:.0%})")
    return "\n".join([*lines, f"sample of {len(outcomes)} places, seed {seed}"])


def main(words: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """Draw a sample of changes, run the tests of each and print what survived."""
    parser = argparse.ArgumentParser(
        prog="./run mutate", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("paths", nargs="*", type=Path, default=[PACKAGE / name for name in USUAL])
    parser.add_argument("--sample", type=int, default=200, help="how many places are drawn")
    parser.add_argument("--seed", type=int, default=1, help="decides which")
    parser.add_argument("--jobs", type=int, default=1, choices=range(1, MOST_JOBS + 1), help="how many at a time")
    asked = parser.parse_args(words)
    changes = [change for module in modules_under(asked.paths, root) for change in changes_of(module, root)]
    chosen = sampled(changes, asked.sample, asked.seed)
    if not chosen:
        raise SystemExit("nothing in these modules can be changed")
    print(
        f"{len(changes)} changes in {len({(c.module, c.start) for c in changes})} places; {len(chosen)} are tried",
        flush=True,
    )
    outcomes = run_changes(chosen, root, jobs=asked.jobs, tell=lambda text: print(text, flush=True))
    print(summary(outcomes, asked.seed))
    return 0


if __name__ == "__main__":
    sys.exit(main())
