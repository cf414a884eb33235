"""A simulated company at work on one SOP: cases arrive, tokens walk, people with working hours serve queues.

Nothing is known of data here: how steps come out is chance, weighed by ``Habit``. What takes time is work of people
(in working hours, first come first served), calls and waits (in real time). Jumps, joins and ends are as in the engine.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count

from rules.values import read_duration
from workflows.language.model import END_OF_BLOCK, Block, Model, Step
from workflows.simulation.chance import Chance
from workflows.simulation.habits import Habit
from workflows.simulation.hours import Hours

ROUNDS_MAX = 50
"""Entries of one step in one case; a case that would need more is given up."""
LOOP_AGAIN = 0.3
"""How often a loop goes round once more."""
_WORK = "work:"


def role_of(entry: str) -> str:
    """The role that an entry of ``by`` names, alone or as ``everyone(role)``."""
    return entry.removeprefix("everyone(").removesuffix(")")


@dataclass(eq=False)
class Case:
    """One simulated case; times in minutes since the beginning."""

    number: int
    began: float
    chance: Chance
    ended: float | None = None


@dataclass(eq=False)
class Frame:
    """A block that was entered: its children, and how many must still end."""

    step: Step
    scope: Scope
    left: int
    alive: bool = True


@dataclass(eq=False)
class Scope:
    """Where a token walks: the case itself, or one child of a frame."""

    case: Case
    block: Block
    frame: Frame | None
    rounds: dict[str, int] = field(default_factory=dict)

    @property
    def alive(self) -> bool:
        """Whether the case goes on and no jump has left the blocks around."""
        if self.case.ended is not None:
            return False
        return self.frame is None or (self.frame.alive and self.frame.scope.alive)


@dataclass(eq=False)
class Job:
    """Work for one person of a role."""

    scope: Scope
    step: Step
    role: str
    minutes: float
    opened: float
    due: float | None
    then: Callable[[], None]
    started: float | None = None
    ended: float | None = None


@dataclass
class Pool:
    """The people of a role and what waits for them. Lengths and busy time are added up in working minutes."""

    role: str
    people: int
    free: int
    queue: deque[Job] = field(default_factory=deque)
    busy: float = 0.0
    waiting: float = 0.0
    seen: float = 0.0


class World:
    """One run. ``jobs`` and ``cases`` keep everything that happened."""

    def __init__(self, model: Model, habits: Mapping[str, Habit], people: Mapping[str, int], hours: Hours) -> None:
        self.model, self.habits, self.people, self.hours = model, habits, people, hours
        self.now = 0.0
        self.cases: list[Case] = []
        self.jobs: list[Job] = []
        self.pools: dict[str, Pool] = {}
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()

    def at(self, when: float, what: Callable[[], None]) -> None:
        """Let something happen later."""
        heapq.heappush(self._events, (when, next(self._order), what))

    def run(self, until: float) -> None:
        """Let everything up to ``until`` happen."""
        while self._events and self._events[0][0] <= until:
            self.now, _, what = heapq.heappop(self._events)
            what()
        self.now = until
        for pool in self.pools.values():
            self._look(pool)

    def begin(self, chance: Chance) -> None:
        """A case arrives now."""
        case = Case(len(self.cases), self.now, chance)
        self.cases.append(case)
        self._enter(Scope(case, self.model.root, None), 0)

    # ------------------------------------------------------------ tokens
    def _enter(self, scope: Scope, index: int) -> None:
        """A token comes to a step of its block, or to the block's end."""
        while scope.alive:
            if index >= len(scope.block.steps):
                self._block_ended(scope)
                return
            step = scope.block.steps[index]
            if not self._is_entered(scope, step):
                return
            habit = self.habits[step.id]
            if habit.entered < 1.0 and scope.case.chance.unit() >= habit.entered:
                follows = self._index_after(scope, step)
                if follows is None:
                    self._leave(scope, step, step.success)
                    return
                index = follows
                continue
            self._do(scope, step, habit)
            return

    def _is_entered(self, scope: Scope, step: Step) -> bool:
        scope.rounds[step.id] = scope.rounds.get(step.id, 0) + 1
        if scope.rounds[step.id] > ROUNDS_MAX:
            scope.case.ended = self.now
            return False
        return True

    def _index_after(self, scope: Scope, step: Step) -> int | None:
        """The next index in the same block, or ``None`` where a route leads elsewhere."""
        if step.next is not None or step.success in step.on:
            return None
        position = scope.block.position(step.id)
        return None if position is None else position + 1

    def _do(self, scope: Scope, step: Step, habit: Habit) -> None:
        if step.kind in ("task", "approve"):
            self._people(scope, step, habit)
        elif step.kind in ("call", "start", "wait"):
            self._delay(scope, step, habit)
        elif step.kind in ("foreach", "parallel", "loop"):
            self._open(scope, step, habit)
        elif step.kind == "end":
            scope.case.ended = self.now
        elif step.kind == "branch":
            self._jump(scope, scope.case.chance.pick(habit.outcomes))
        else:
            self._leave(scope, step, self._outcome(scope, step, habit))

    def _outcome(self, scope: Scope, step: Step, habit: Habit) -> str:
        return scope.case.chance.pick(habit.outcomes) if habit.outcomes else step.success

    def _leave(self, scope: Scope, step: Step, outcome: str) -> None:
        """Go on from a finished step: by its route for the outcome, else to the next one."""
        if not scope.alive:
            return
        target = step.on.get(outcome) or step.next
        if target is None:
            position = scope.block.position(step.id)
            self._enter(scope, len(scope.block.steps) if position is None else position + 1)
        else:
            self._jump(scope, target)

    def _jump(self, scope: Scope, target: str) -> None:
        if not scope.alive:
            return
        if target == END_OF_BLOCK:
            self._enter(scope, len(scope.block.steps))
            return
        wanted = self.model.block_of[target]
        while scope.block is not wanted and scope.frame is not None:
            scope.frame.alive = False
            scope = scope.frame.scope
        position = scope.block.position(target)
        if position is None:
            scope.case.ended = self.now
        else:
            self._enter(scope, position)

    def _block_ended(self, scope: Scope) -> None:
        frame = scope.frame
        if frame is None:
            scope.case.ended = self.now
            return
        if frame.step.kind == "loop" and scope.case.chance.unit() < LOOP_AGAIN:
            self._enter(scope, 0)
            return
        frame.left -= 1
        if frame.left <= 0 and frame.alive:
            frame.alive = False
            self._leave(frame.scope, frame.step, frame.step.success)

    def _open(self, scope: Scope, step: Step, habit: Habit) -> None:
        if step.kind == "foreach":
            number = habit.items[int(scope.case.chance.unit() * len(habit.items))]
            blocks = [step.blocks[0]] * number
        else:
            blocks = list(step.blocks)
        if not blocks:
            self._leave(scope, step, step.success)
            return
        needed = min(step.n, len(blocks)) if step.join in ("any", "n_of") and step.n else len(blocks)
        frame = Frame(step, scope, needed)
        for block in blocks:
            self._enter(Scope(scope.case, block, frame), 0)

    # ------------------------------------------------------------ what takes time
    def _delay(self, scope: Scope, step: Step, habit: Habit) -> None:
        timers = [self._minutes_of(arm.timer) for arm in step.waits if arm.kind == "timer"]
        minutes = scope.case.chance.around(habit.median, habit.p90)
        if timers and (len(step.waits) == 1 or min(timers) < minutes):
            minutes = min(timers)
        outcome, arms = self._outcome(scope, step, habit), [arm.to for arm in step.waits if arm.to]

        def done() -> None:
            if arms and len(step.waits) > 1:
                self._jump(scope, arms[int(scope.case.chance.unit() * len(arms))])
            else:
                self._leave(scope, step, outcome)

        if step.kind == "start" and step.detached:
            done()
        else:
            self.at(self.now + minutes, done)

    def _minutes_of(self, duration: str) -> float:
        """Minutes from now until a timer rings; working hours are counted as such, months as thirty days."""
        working = duration.startswith(_WORK)
        parsed = read_duration(duration.removeprefix(_WORK))
        minutes = (parsed.ms / 60_000 + parsed.months * 43_200) if parsed else 0.0
        if not working:
            return minutes
        days, rest = divmod(minutes, 1440) if "T" not in duration else (0.0, minutes)
        return self.hours.after(self.now, rest + days * self._day()) - self.now

    def _day(self) -> float:
        """The working minutes of a usual day."""
        return max(
            (close - begin for begin, close in zip(self.hours.opens, self.hours.closes, strict=True)), default=480.0
        )

    def _people(self, scope: Scope, step: Step, habit: Habit) -> None:
        """Seats one after another, all at once, or whoever comes first, as the approval's rule says."""
        roles = [one for role in step.roles or ("system",) for one in self._seats(role)]
        outcome = self._outcome(scope, step, habit)
        if step.kind == "approve" and step.rule == "any":
            roles = roles[:1]
        if step.kind == "approve" and step.rule == "sequence":
            self._in_turn(scope, step, habit, roles, outcome)
            return
        left = [len(roles)]

        def voted() -> None:
            left[0] -= 1
            if left[0] == 0:
                self._leave(scope, step, outcome)

        for role in roles:
            self._ask(scope, step, habit, role, voted)

    def _seats(self, entry: str) -> list[str]:
        """One seat for an entry of ``by``; one for each holder of the post for ``everyone(role)``."""
        role = role_of(entry)
        return [role] if role == entry else [role] * max(1, self.people.get(role, 1))

    def _in_turn(self, scope: Scope, step: Step, habit: Habit, roles: list[str], outcome: str) -> None:
        first, *others = roles

        def voted() -> None:
            if others and outcome == step.success:
                self._in_turn(scope, step, habit, others, outcome)
            else:
                self._leave(scope, step, outcome)

        self._ask(scope, step, habit, first, voted)

    def _ask(self, scope: Scope, step: Step, habit: Habit, role: str, then: Callable[[], None]) -> None:
        minutes = max(1.0, scope.case.chance.around(habit.median, habit.p90))
        due = self.now + self._minutes_of(step.due) if step.due else None
        job = Job(scope, step, role, minutes, self.now, due, then)
        self.jobs.append(job)
        pool = self.pools.get(role)
        if pool is None:
            people = max(1, self.people.get(role, 1))
            pool = self.pools[role] = Pool(role, people, people, seen=self.hours.worked(self.now))
        self._look(pool)
        pool.queue.append(job)
        self._serve(pool)

    def _serve(self, pool: Pool) -> None:
        while pool.free and pool.queue:
            job = pool.queue.popleft()
            if not job.scope.alive:
                continue
            pool.free -= 1
            job.started = self.hours.after(self.now, 0.0)
            ends = self.hours.after(self.now, job.minutes)
            self.at(ends, lambda job=job: self._finished(pool, job))

    def _finished(self, pool: Pool, job: Job) -> None:
        self._look(pool)
        pool.free += 1
        job.ended = self.now
        if job.scope.alive:
            job.then()
        self._serve(pool)

    def _look(self, pool: Pool) -> None:
        """Add up the queue and the busy people since the last look, in working time."""
        worked = self.hours.worked(self.now)
        passed = worked - pool.seen
        pool.busy += passed * (pool.people - pool.free)
        pool.waiting += passed * len(pool.queue)
        pool.seen = worked
