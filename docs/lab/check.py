#!/usr/bin/env python3
"""Computes every figure of a report of `purpose lab --json` again.

    python3 check.py report.json

It shares nothing with the program that made the report: Python, its standard
library, the outcomes in the file, and the formulas. Closed forms must agree to
1e-9; what was resampled, to Monte-Carlo error. Exit 0: all agrees; 1: not.
"""

import hashlib
import json
import math
import random
import sys
from fractions import Fraction

Z = 1.959963984540054
problems = []
checked = 0


def expect(name, got, want, within=1e-9):
    global checked
    checked += 1
    if got is None or want is None:
        good = got is None and want is None
    else:
        good = abs(got - want) <= within * max(1.0, abs(want))
    if not good:
        problems.append(f"{name}: the report says {got}, computed is {want} (within {within:g})")


def require(name, good):
    global checked
    checked += 1
    if not good:
        problems.append(name)


def mean(x):
    return sum(x) / len(x) if x else 0.0


def wilson(hits, n):
    """Wilson 1927."""
    if n == 0:
        return 0.0, 1.0
    p, z2 = hits / n, Z * Z
    centre = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = Z / (1 + z2 / n) * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    return (0.0 if hits == 0 else centre - half), (1.0 if hits == n else centre + half)


def newcombe(a, n, b, m):
    """Newcombe 1998, method 10."""
    p, q = a / n, b / m
    (l1, u1), (l2, u2) = wilson(a, n), wilson(b, m)
    return p - q - math.hypot(p - l1, u2 - q), p - q + math.hypot(u1 - p, q - l2)


def mcnemar(won, lost):
    """Exact: twice the smaller tail of a fair coin, in whole numbers."""
    n = won + lost
    if n == 0:
        return 1.0
    return min(1.0, float(2 * sum(Fraction(math.comb(n, i), 2**n) for i in range(min(won, lost) + 1))))


def quantile(ordered, p):
    at = p * (len(ordered) - 1)
    low = int(at)
    if low + 1 >= len(ordered):
        return ordered[-1]
    return ordered[low] + (at - low) * (ordered[low + 1] - ordered[low])


def bootstrap(x, draws, rng):
    means = sorted(mean(rng.choices(x, k=len(x))) for _ in range(draws))
    return quantile(means, 0.025), quantile(means, 0.975)


def interval_error(x, draws):
    """Monte-Carlo error of a bootstrap bound, four times the standard error of
    the 2.5 % quantile on both sides, plus one step of a mean of so few values."""
    m = mean(x)
    sd = math.sqrt(sum((v - m) ** 2 for v in x) / len(x)) / math.sqrt(len(x))
    density = math.exp(-Z * Z / 2) / math.sqrt(2 * math.pi)
    steps = {abs(a - b) for a in x[:50] for b in x[:50] if a != b}
    return 4 * math.sqrt(2) * math.sqrt(0.025 * 0.975 / draws) / density * sd + (min(steps) / len(x) if steps else 0) + 1e-9


def t_half_width(x):
    """Half of the 95 % Student t interval of a mean."""
    n = len(x)
    variance = sum((v - mean(x)) ** 2 for v in x) / max(n - 1, 1)
    return t_quantile(n - 1) * math.sqrt(variance / n) if variance > 0 else 0.0


def t_quantile(df):
    """Two-sided 95 % quantile of Student's t with a whole number of degrees of
    freedom, by the finite sums for its distribution (Abramowitz & Stegun 26.7.3
    and 26.7.4)."""

    def inside(t):
        angle = math.atan(t / math.sqrt(df))
        c, s = math.cos(angle), math.sin(angle)
        term, total = (c, c) if df % 2 else (1.0, 1.0)
        for k in range(df % 2, df - 3 + 1, 2):
            term *= c * c * (k + 1) / (k + 2)
            total += term
        if df % 2 == 0:
            return s * total
        return 2 / math.pi * (angle + (s * total if df > 1 else 0.0))

    low, high = 0.0, 1000.0
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if inside(middle) < 0.95 else (low, middle)
    return low


def sign_flip(x, draws, rng):
    """(p, tolerance)"""
    x = [v for v in x if v != 0]
    if not x:
        return 1.0, 1e-9
    sizes = {abs(v) for v in x}
    if len(sizes) == 1:
        up = sum(v > 0 for v in x)
        return mcnemar(up, len(x) - up), 1e-9
    seen = abs(sum(x)) * (1 - 1e-12)
    if len(x) <= 18:
        sums = [0.0]
        for v in x:
            sums = [s + v for s in sums] + [s - v for s in sums]
        p = sum(abs(s) >= seen for s in sums) / len(sums)
        return p, 1e-9 + 2 / len(sums)  # a tie may be lost to the order of a sum
    extreme = 1 + sum(abs(sum(v if rng.random() < 0.5 else -v for v in x)) >= seen for _ in range(draws))
    p = extreme / (draws + 1)
    return p, 6 * math.sqrt(max(p * (1 - p), 1 / draws) / draws) + 2 / draws


def holm(p):
    order, worst, out = sorted(range(len(p)), key=lambda i: p[i]), 0.0, [0.0] * len(p)
    for rank, i in enumerate(order):
        worst = max(worst, min(1.0, p[i] * (len(p) - rank)))
        out[i] = worst
    return out


def needed(discordant, difference):
    d = abs(difference)
    if d == 0 or discordant < d:
        return None
    n = math.ceil(((1.96 * math.sqrt(discordant) + 0.84 * math.sqrt(discordant - d * d)) / d) ** 2)
    return n if n <= 10**9 else None


def required_signs(comparisons):
    """Units, all in one direction, until 2·0.5ⁿ times the comparisons is below 0.05."""
    n = 1
    while max(comparisons, 1) * 2 * 0.5**n >= 0.05:
        n += 1
    return n


def required_units(x, comparisons):
    """Normal approximation of a paired mean with 80 % power."""
    if not x or mean(x) == 0:
        return None
    least = required_signs(comparisons)
    if len(x) < 2:
        return least
    variance = sum((v - mean(x)) ** 2 for v in x) / (len(x) - 1)
    n = math.ceil(((1.96 + 0.84) / abs(mean(x))) ** 2 * variance)
    return max(n, least) if n <= 10**9 else None


def finding(c, comparisons):
    """What a comparison shows, from its own figures."""
    if c["holm"] < 0.05 and c["low"] > 0:
        return "helps"
    if c["holm"] < 0.05 and c["high"] < 0:
        return "harms"
    worth = abs(c["difference"]) >= 0.10 and c["needed"] is not None and c["needed"] > c["n"]
    return "too_few" if worth or c["n"] < required_signs(comparisons) else "none_shown"


def ranks(x):
    order, out, start = sorted(range(len(x)), key=lambda i: x[i]), [0.0] * len(x), 0
    while start < len(order):
        end = start
        while end < len(order) and x[order[end]] == x[order[start]]:
            end += 1
        for i in order[start:end]:
            out[i] = (start + end + 1) / 2
        start = end
    return out


def spearman(x, y):
    a, b = ranks(x), ranks(y)
    ma, mb = mean(a), mean(b)
    xx, yy = sum((v - ma) ** 2 for v in a), sum((v - mb) ** 2 for v in b)
    if xx == 0 or yy == 0:
        return None
    return sum((v - ma) * (w - mb) for v, w in zip(a, b)) / math.sqrt(xx * yy)


def check_arm(name, arm, rows):
    n, solved = len(rows), sum(o["success"] for o in rows)
    require(f"{name}: n is {arm['n']}, there are {n} outcomes", arm["n"] == n)
    require(f"{name}: successes is {arm['successes']}, counted are {solved}", arm["successes"] == solved)
    low, high = wilson(solved, n)
    expect(f"{name}.low", arm["low"], low)
    expect(f"{name}.high", arm["high"], high)
    expect(f"{name}.success_rate", arm["success_rate"], solved / n if n else 0)
    expect(f"{name}.mean_score", arm["mean_score"], mean([o["score"] for o in rows]))
    expect(f"{name}.mean_steps", arm["mean_steps"], mean([o["steps"] for o in rows]))
    require(f"{name}: tokens", arm["tokens"] == sum(o.get("tokens", 0) for o in rows))
    require(f"{name}: calls", arm["calls"] == sum(o.get("calls", 0) for o in rows))
    expect(f"{name}.seconds", arm["seconds"], sum(o["seconds"] for o in rows))
    over = [o["steps"] / o["optimum"] for o in rows if o["success"] and o.get("optimum")]
    expect(f"{name}.steps_over_optimum", arm.get("steps_over_optimum"), mean(over) if over else None)


def check_pass(name, arm, rows, most, draws, rng):
    """pass^k: the mean over tasks of C(c,k)/C(n,k), with c of n tries solved."""
    tries = {}
    for o in rows:
        tries.setdefault(o["seed"], []).append(int(o["success"]))
    require(f"{name}: a task was tried more than {most} times", all(len(t) <= most for t in tries.values()))
    require(f"{name}: pass^1 to pass^{most}", [p["k"] for p in arm["pass"]] == list(range(1, most + 1)))
    for p in arm["pass"]:
        k = p["k"]
        each = [math.comb(sum(t), k) / math.comb(len(t), k) for t in tries.values() if len(t) >= k]
        require(f"{name}: pass^{k} rests on {p['n']} tasks, there are {len(each)}", p["n"] == len(each))
        if not each:
            continue
        expect(f"{name}: pass^{k}", p["share"], mean(each))
        if len(set(each)) == 1 or set(each) <= {0, 1}:
            low, high = wilson(round(mean(each) * len(each)), len(each))
            expect(f"{name}: pass^{k} low", p["low"], low)
            expect(f"{name}: pass^{k} high", p["high"], high)
        else:
            low, high = bootstrap(each, draws, rng)
            expect(f"{name}: pass^{k} low", p["low"], low, interval_error(each, draws))
            expect(f"{name}: pass^{k} high", p["high"], high, interval_error(each, draws))


def check_comparison(name, c, on, other, draws, rng):
    seeds = [s for s in on if s in other]
    require(f"{name}: n is {c['n']}, there are {len(seeds)} pairs", c["n"] == len(seeds))
    success = [int(on[s]["success"]) - int(other[s]["success"]) for s in seeds]
    score = [on[s]["score"] - other[s]["score"] for s in seeds]
    won, lost = success.count(1), success.count(-1)
    require(f"{name}: won and lost are {c['won']}, {c['lost']}, counted are {won}, {lost}", (c["won"], c["lost"]) == (won, lost))
    expect(f"{name}.difference", c["difference"], mean(success))
    expect(f"{name}.mcnemar", c["mcnemar"], mcnemar(won, lost))
    expect(f"{name}.p", c["p"], *sign_flip(success, draws, rng))
    expect(f"{name}.needed", c["needed"], needed((won + lost) / len(seeds), mean(success)))
    if len(set(success)) == 1:
        a, b = sum(on[s]["success"] for s in seeds), sum(other[s]["success"] for s in seeds)
        low, high = newcombe(a, len(seeds), b, len(seeds))
        require(f"{name}: method", c["method"] == "Newcombe")
        expect(f"{name}.low", c["low"], low)
        expect(f"{name}.high", c["high"], high)
    else:
        low, high = bootstrap(success, draws, rng)
        require(f"{name}: method", c["method"] == "paired percentile bootstrap")
        expect(f"{name}.low", c["low"], low, interval_error(success, draws))
        expect(f"{name}.high", c["high"], high, interval_error(success, draws))
    expect(f"{name}.score.value", c["score"]["value"], mean(score))
    low, high = bootstrap(score, draws, rng)
    expect(f"{name}.score.low", c["score"]["low"], low, interval_error(score, draws))
    expect(f"{name}.score.high", c["score"]["high"], high, interval_error(score, draws))
    expect(f"{name}.score_p", c["score_p"], *sign_flip(score, draws, rng))


def check_calibration(c, outcomes):
    cases = [o for o in outcomes if o.get("final_phi") is not None and o["source"] != "critic"]
    phi, y, p = [o["final_phi"] for o in cases], [int(o["success"]) for o in cases], c["predicted"]
    require("calibration: n", c["n"] == len(cases) == len(p))
    brier, base = mean([(a - b) ** 2 for a, b in zip(p, y)]), mean(y)
    expect("calibration.brier", c["brier"], brier)
    skill = 1 - brier / (base * (1 - base)) if 0 < base < 1 else (0.0 if brier == 0 else None)
    expect("calibration.skill", c["skill"], skill)
    order, ece = sorted(range(len(p)), key=lambda i: p[i]), 0.0
    for b in range(10):
        inside = order[b * len(p) // 10:(b + 1) * len(p) // 10]
        if inside:
            ece += len(inside) / len(p) * abs(mean([p[i] for i in inside]) - mean([y[i] for i in inside]))
    expect("calibration.ece", c["ece"], ece)
    expect("calibration.spearman", c["spearman"], spearman(phi, y))
    above = [1 - b for a, b in zip(phi, y) if a > 7]
    low, high = wilson(sum(above), len(above))
    f = c["false_success"]
    require("calibration: counts of false success", (f["hits"], f["n"]) == (sum(above), len(above)))
    expect("calibration.false_success.low", f["low"], low)
    expect("calibration.false_success.high", f["high"], high)


def check_truth(t):
    require("truth: more is right than there is", t["right"] <= t["rules"] and t["found"] <= t["facts"])
    expect("truth.precision", t["precision"], t["right"] / t["rules"] if t["rules"] else None)
    expect("truth.recall", t["recall"], t["found"] / t["facts"] if t["facts"] else None)


def check_rules(r):
    """Which arm began with how many rules follows from what was learned and put in."""
    learned = r["promoted"] + r["in_trial"]
    shown, p = learned, r.get("pollution")
    if p:
        require("pollution: rules", p["rules"] == learned)
        expect("pollution.share", p["share"], p["distractors"] / (p["distractors"] + learned) if p["distractors"] else 0)
        shown += p["distractors"] + p["irrelevant"]
    wanted = {"off": 0, "on": shown, "clean": learned, "shuffled": learned, "append-successes": 0, "explorer": 0}
    if r.get("placebo"):
        wanted["placebo"] = r["placebo"]["rules"]
        require("the placebo has more rules than were learned", r["placebo"]["rules"] <= learned)
    for name, arm in r["arms"].items():
        if name.startswith("placebo:"):
            require(f"{name} has more rules than were learned", arm["rules"] <= learned)
            continue
        rules = wanted.get(name, shown - 1 if name.startswith("leave-one-out:") and not arm.get("error") else shown)
        require(f"{name} has {arm['rules']} rules, {rules} follow from the rest", arm["rules"] == rules)


def check(r):
    require("the form is not purpose-lab/1", r["format"] == "purpose-lab/1")
    spec, draws, rng = r["spec"], r["spec"]["draws"], random.Random(r["spec"]["seed"])
    canonical = json.dumps(spec, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    require("config_hash is not that of the specification", hashlib.sha256(canonical.encode()).hexdigest() == r["config_hash"])

    rows = {a: [o for o in r["outcomes"] if o["arm"] == a] for a in spec["arms"]}
    trained = {o["seed"] for o in r["training"]["outcomes"]}
    tested = {o["seed"] for o in r["outcomes"]}
    require("a training seed is among the test seeds", not trained & tested)
    planned = set(range(spec["test_from"], spec["test_from"] + spec["test"]))
    require("a test seed was not planned", tested <= planned)
    require("a training seed was not planned", trained <= set(range(spec["train_from"], spec["train_from"] + spec["train"])))
    require("training successes", r["training"]["successes"] == sum(o["success"] for o in r["training"]["outcomes"]))
    require("the arms are not those of the specification", set(r["arms"]) == set(spec["arms"]))
    for name, arm in r["arms"].items():
        check_arm(name, arm, rows[name])

    if spec.get("tries"):
        for name, arm in r["arms"].items():
            check_pass(name, arm, rows[name] + [o for o in r.get("tries") or [] if o["arm"] == name], spec["tries"], draws, rng)
        require("a try of a task that was not tested", {o["seed"] for o in r.get("tries") or []} <= tested)

    by_seed = {a: {o["seed"]: o for o in rows[a]} for a in rows}
    order = [a for a in spec["arms"] if f"on-{a}" in r["comparisons"]]
    for a in order:
        check_comparison(f"on-{a}", r["comparisons"][f"on-{a}"], by_seed["on"], by_seed[a], draws, rng)
    for a, p in zip(order, holm([r["comparisons"][f"on-{a}"]["p"] for a in order])):
        c = r["comparisons"][f"on-{a}"]
        expect(f"on-{a}.holm", c["holm"], p)
        shown = c["holm"] < 0.05 and (c["low"] > 0 or c["high"] < 0)
        require(f"on-{a}.underpowered", c["underpowered"] == (not shown))
        if "finding" in c:
            require(f"on-{a}.finding is {c['finding']}, its figures say {finding(c, len(order))}", c["finding"] == finding(c, len(order)))

    for point in r.get("curve") or []:
        solved, n = sum(o["success"] for o in point["outcomes"]), len(point["outcomes"])
        low, high = wilson(solved, n)
        require(f"curve at {point['tasks']}: counts", (point["successes"], point["n"]) == (solved, n))
        expect(f"curve at {point['tasks']}: low", point["low"], low)
        expect(f"curve at {point['tasks']}: high", point["high"], high)
        expect(f"curve at {point['tasks']}: share", point["share"], solved / n if n else 0)
        expect(f"curve at {point['tasks']}: mean steps", point["mean_steps"], mean([o["steps"] for o in point["outcomes"]]))
        require(f"curve at {point['tasks']}: other tasks than in the test", {o["seed"] for o in point["outcomes"]} <= planned)
    known = {o["seed"]: o["optimum"] for o in r["outcomes"] if o.get("optimum")}
    if len(known) == spec["test"]:
        expect("optimum", r["optimum"], mean(list(known.values())))
    if "off" in rows and rows["off"]:
        expect("random", r["random"], mean([int(o["success"]) for o in rows["off"]]))
    if r.get("calibration"):
        check_calibration(r["calibration"], r["outcomes"])
    if r.get("truth"):
        check_truth(r["truth"])
    check_rules(r)


def check_worlds(r):
    hashes = "".join(w["config_hash"] + "\n" for w in r["worlds"])
    if not r.get("failed"):
        require("config_hash is not over the worlds", hashlib.sha256(hashes.encode()).hexdigest() == r["config_hash"])
    spec = r["worlds"][0]["spec"]
    draws, rng = spec["draws"], random.Random(spec["seed"])

    def over_worlds(name, x, least, value, low, high):
        half = t_half_width(x)
        expect(f"{name}: mean over worlds", value, mean(x))
        expect(f"{name}: low", low, max(mean(x) - half, least))
        expect(f"{name}: high", high, min(mean(x) + half, 1))

    for name, arm in r["arms"].items():
        arms = [w["arms"][name] for w in r["worlds"] if w["arms"][name]["n"]]
        require(f"{name}: counts", (arm["n"], arm["successes"]) == (sum(a["n"] for a in arms), sum(a["successes"] for a in arms)))
        over_worlds(name, [a["success_rate"] for a in arms], 0, arm["success_rate"], arm["low"], arm["high"])
        expect(f"{name}: mean steps", arm["mean_steps"], sum(a["mean_steps"] * a["n"] for a in arms) / arm["n"])
    order = [f"on-{a}" for a in spec["arms"] if f"on-{a}" in r["comparisons"]]
    for name in order:
        c, x = r["comparisons"][name], [w["comparisons"][name]["difference"] for w in r["worlds"] if name in w["comparisons"]]
        over_worlds(name, x, -1, c["difference"], c["low"], c["high"])
        expect(f"{name}: p", c["p"], *sign_flip(x, draws, rng))
        if "finding" in c:
            require(f"{name}: above and below", (c["above"], c["below"]) == (sum(v > 0 for v in x), sum(v < 0 for v in x)))
            expect(f"{name}: needed", c["needed"], required_units(x, len(order)))
            require(f"{name}: finding is {c['finding']}, its figures say {finding(c, len(order))}", c["finding"] == finding(c, len(order)))
    for name, p in zip(order, holm([r["comparisons"][name]["p"] for name in order])):
        expect(f"{name}: holm", r["comparisons"][name]["holm"], p)
    if r.get("truth"):
        check_truth(r["truth"])
        for part in ("facts", "found", "rules", "right"):
            require(f"truth: {part}", r["truth"][part] == sum(w["truth"][part] for w in r["worlds"] if w.get("truth")))
    for name in ("promoted", "in_trial"):
        require(name, r[name] == sum(w[name] for w in r["worlds"]))
    for k, point in enumerate(r.get("curve") or []):
        over_worlds(f"curve at {point['tasks']}", [w["curve"][k]["share"] for w in r["worlds"]], 0, point["share"], point["low"], point["high"])
    for w in r["worlds"]:
        check(w)


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: python3 check.py report.json")
    try:
        with open(sys.argv[1], encoding="utf-8") as f:
            report = json.load(f)
        (check_worlds if report["format"] == "purpose-lab-worlds/1" else check)(report)
    except (OSError, ValueError, KeyError, TypeError, ZeroDivisionError) as e:
        sys.exit(f"{sys.argv[1]} is no report that can be checked: {type(e).__name__} {e}")
    for p in problems:
        print(p)
    print(f"{checked - len(problems)} of {checked} checks agree")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
