"""Definitions: what a config says of recognisers, strategies, games and tables, resolved."""

import math
import re
from collections.abc import Mapping
from typing import Any

from aip import perturb
from aip.errors import BadInput, unknown
from aip.process import notation
from aip.recognise import nets
from aip.recognise.nets.inputs import input_size
from aip.study import alignment, brought
from aip.study.families import Families
from aip.study.paths import path

Definition = dict[str, Any]

# Keys that have a meaning only for the schedule ``step``.
OF_STEPS = ("drop_every", "drop_by")

# Keys that an adversarially trained recogniser takes from its base and may not set itself.
OF_THE_BASE = (
    "source",
    "svm",
    "classifier",
    "arch",
    "input_size",
    "feature_layer",
    "weights",
    "mean",
    "normalise",
    "precision",
    *alignment.KEYS,
)

# Keys that have a meaning for some nets only.
OF_SOME_NETS = ("knows", "learns", "mean", "normalise", *alignment.KEYS)


def subset(sections: Mapping[str, Any]) -> str:
    """Return the subset whose heads are recognised; those of train teach the net.

    `sections` is the whole config with defaults.
    """
    found: str = sections["album"].get("subset", "val")
    return found


def recogniser(
    given: Mapping[str, Definition], sections: Mapping[str, Any], name: str
) -> Definition:
    """Resolve a recogniser.

    Parameters
    ----------
    given : mapping
        The section of recognisers as the user gave it, without defaults.
    sections : mapping
        The whole config with defaults.
    name : str

    Raises
    ------
    BadInput
        It has neither an arch nor a base, keys that contradict its base, keys of another training
        schedule, a mean that its net does not take, another classifier than the authors' SVM that
        it names, or a template that does not fit.
    """
    where, entry = f"config: recognisers.{name}", sections["recognisers"][name]
    if "base" not in entry:
        for key in ("knows", "learns"):
            if key in given[name]:
                raise BadInput(f"{where}: the key {key!r} has no meaning without a 'base'")
        if "arch" not in entry:
            raise BadInput(f"{where}: the key 'arch' is missing, or a 'base' to train further")
        arch = brought.arch(given[name], entry, where)
        size = input_size(arch, entry["input_size"])
        own = {key: v for key, v in entry.items() if key not in OF_SOME_NETS}
        own["arch"] = arch
        own |= alignment.crop(given[name], entry, size, where)
        if "source" in entry:
            _check_authors(given[name], entry, sections, where)
        elif "svm" in entry:
            raise BadInput(f"{where}: the key 'svm' has no meaning without 'source: authors'")
        if own["classifier"] == "svm":
            del own["classifier"]  # as recognisers were before there were others
        elif "svm" in entry:
            raise BadInput(
                f"{where}.classifier: found {entry['classifier']}, expected svm, as the key 'svm' "
                "names an SVM of the authors"
            )
        own["weights"] = path(entry["weights"], f"{where}.weights")
        if nets.takes_mean(entry["arch"]):
            own["mean"] = path(entry["mean"], f"{where}.mean")
        elif entry["mean"] is not None:
            raise BadInput(
                f"{where}: the key 'mean' has no meaning for {entry['arch']}; only nets of caffe: "
                "take one"
            )
        own |= brought.normalise(entry["normalise"], arch, where)
        training = _training(given[name], entry, {}, where)
        if "source" in entry or brought.is_fixed(arch):
            training["epochs"] = 0
        return {"subset": subset(sections), **own, "input_size": size, "training": training}
    for key in OF_THE_BASE:
        if key in given[name]:
            raise BadInput(f"{where}: the key {key!r} is that of its base, {entry['base']}")
    if entry["base"] not in given:
        raise unknown(where, "recogniser", entry["base"], given)
    if "base" in given[entry["base"]]:
        raise BadInput(f"{where}.base: {entry['base']} has a base itself; name that one")
    if "knows" not in given[name]:
        raise BadInput(f"{where}: the key 'knows' is missing; expected user strategies")
    if "training" in given[name] and entry["learns"] == "svm":
        raise BadInput(f"{where}: the key 'training' has no meaning where only the SVM learns")
    base = recogniser(given, sections, entry["base"])
    if entry["learns"] == "net" and brought.is_fixed(base["arch"]):
        raise BadInput(f"{where}.learns: found net, expected svm: {brought.FIXED}")
    known = {key: entry[key] for key in ("base", "knows", "learns")}
    training = _training(given[name], entry, base["training"], where)
    learnt = {key: value for key, value in base.items() if key != "svm"}
    return {**learnt, **known, "training": training}


def _check_authors(
    given: Definition, entry: Definition, sections: Mapping[str, Any], where: str
) -> None:
    """Check a recogniser of the authors' release."""
    if not entry["arch"].startswith("caffe:"):
        raise BadInput(
            f"{where}.arch: found {entry['arch']!r}, expected a net of Caffe, such as "
            "caffe:googlenet, as the authors' are"
        )
    for key in ("mean", "training"):
        if key in given:
            raise BadInput(
                f"{where}: the key {key!r} has no meaning for a net of the authors, which is taken "
                "as it is; a recogniser with it as its base can be trained further"
            )
    for key, example in (("weights", "nugu_train/<setting>/_iter_<n>.caffemodel"), ("svm", None)):
        found = entry.get(key)
        if found is None and example is not None:
            raise BadInput(
                f"{where}: the key {key!r} is missing; expected a path such as {example}"
            )
        if found is not None and (found.startswith("/") or ".." in found.split("/")):
            raise BadInput(f"{where}.{key}: found {found!r}, expected a path in the release")
    if "svm" not in entry:
        return
    if sections["album"]["source"] not in ("pipa", "authors"):
        raise BadInput(
            f"{where}.svm: it knows the identities of PIPA; expected album.source pipa or authors, "
            f"found {sections['album']['source']}"
        )
    if sections["attacked"]["direction"] != "0-1":
        raise BadInput(
            f"{where}.svm: it was taught split 0; expected attacked.direction 0-1, found "
            f"{sections['attacked']['direction']}"
        )


def user(
    given: Mapping[str, Any], entry: Definition, keys: Mapping[str, Definition], name: str
) -> Definition:
    """Resolve a user strategy: only the keys that its method takes.

    Parameters
    ----------
    given : mapping
        Its entry as the user gave it, without defaults.
    entry : mapping
        The same with defaults.
    keys : mapping
        The schema of user strategies, whose annotations ``methods`` and ``not_for`` say which
        key has a meaning for which method.
    name : str

    Raises
    ------
    BadInput
        The method is unknown, a key has no meaning for it, or it needs a recogniser and has none,
        or has one twice.
    """
    where, method = f"config: user_strategies.{name}", entry["method"]
    known = perturb.METHODS | perturb.BLIND | perturb.ELSEWHERE
    if method not in known:
        raise unknown(where, "method", method, known)
    for key in given:
        if not _has_meaning(keys[key], key, method):
            raise BadInput(f"{where}: the key {key!r} has no meaning for {method}")
    strategy = {key: v for key, v in entry.items() if _has_meaning(keys[key], key, method)}
    if method in perturb.ELSEWHERE:
        if strategy["root"] is None:
            raise BadInput(
                f"{where}: the key 'root' is missing; {method} needs a folder of published files"
            )
        return {**strategy, "root": path(strategy["root"], f"{where}.root")}
    if method in perturb.BLIND:
        return strategy
    if "against" not in entry:
        raise BadInput(f"{where}: the key 'against' is missing; {method} needs a recogniser")
    against = entry["against"]
    strategy["against"] = named = [against] if isinstance(against, str) else against
    if answered(against):
        if "robust_to" in given:
            raise BadInput(
                f"{where}: the key 'robust_to' has no meaning against a game, whose columns have "
                "processing of their own"
            )
        del strategy["robust_to"]
    else:
        if twice := next((r for r in named if named.count(r) > 1), None):
            raise BadInput(f"{where}.against: {twice!r} is there twice")
        # Where robust_to has no meaning, it has its default: heads as they are.
        strategy["robust_to"] = copies(entry["robust_to"], f"{where}.robust_to")
    if "ensemble" in given and len(named) < 2:
        raise BadInput(f"{where}.ensemble: found one recogniser in against, expected several")
    if strategy.get("ensemble") == "mean":
        del strategy["ensemble"]  # as if it were not there
    i_conf = strategy.pop("i_conf", None)
    if i_conf is not None:
        strategy |= _i_conf(i_conf, keys, given, where)
    if strategy.get("step_rule") == "paper":
        if given.get("at") == "native":
            raise BadInput(
                f"{where}.at: found native, expected input, where the authors' steps and epsilon, "
                "step_rule paper, belong"
            )
        strategy["at"] = "input"
    return strategy


def answered(value: Any) -> str | None:
    """Return the game that a key answers, as ``{game: NAME}``; None if it has another value."""
    return value["game"] if isinstance(value, Mapping) else None


def copies(given: str | list[str], where: str) -> list[tuple[str, int]]:
    """Read a processing string, or a list of them."""
    return list(notation.parse(given if isinstance(given, str) else "_".join(given), where))


def pictures(given: Definition) -> Definition:
    """Resolve what contact sheets show."""
    found = copies(given["process"], "config: pictures.process")
    if len(found) != 1 or found[0][1] != 1:
        raise BadInput(
            f"config: pictures.process: found {given['process']!r}, expected one draw of one "
            "kind, such as B1"
        )
    return {**given, "process": found}


def members(names: list[str], families: Families) -> list[str]:
    """Replace families among names by their members.

    Examples
    --------
    >>> members(["none", "ga"], {"ga": {"a": "ga-a", "b": "ga-b"}})
    ['none', 'ga-a', 'ga-b']
    """
    return [m for name in names for m in (families[name].values() if name in families else [name])]


def _training(given: Definition, entry: Definition, base: Definition, where: str) -> Definition:
    """Resolve training: its schedule's keys, from the user, else the base, else the defaults."""
    own = {key: entry["training"][key] for key in given.get("training", {})}
    training: Definition = {**entry["training"], **base, **own}
    lanes, batch = training["lanes"], training["batch_size"]
    if training["epochs"] and 2 * lanes > batch:
        raise BadInput(
            f"{where}.training: found {lanes} lanes of a batch of {batch} heads, expected at least "
            "two heads in each (keys lanes, batch_size)"
        )
    if training["schedule"] == "step":
        return training
    for key in OF_STEPS:
        if key in own:
            raise BadInput(
                f"{where}.training: the key {key!r} has no meaning without 'schedule: step'"
            )
    return {key: value for key, value in training.items() if key not in OF_STEPS}


def _has_meaning(part: Definition, key: str, method: str) -> bool:
    methods = part.get("methods", perturb.METHODS)
    return key == "method" or (method in methods and method not in part.get("not_for", ()))


def _i_conf(
    text: str, keys: Mapping[str, Definition], given: Mapping[str, Any], where: str
) -> Definition:
    """Read the authors' short form of step size, steps and epsilon, such as 1_100_1000."""
    match = re.fullmatch(r"([0-9]*\.?[0-9]+)_([0-9]{1,9})_([0-9]*\.?[0-9]+)", text)
    numbers = (float(match[1]), int(match[2]), float(match[3])) if match else (0, 0, 0)
    if not 0 < min(numbers) <= max(numbers) < math.inf:
        raise BadInput(
            f"{where}.i_conf: found {text!r}, expected step size, steps and epsilon, each above 0, "
            "as in '1_100_1000'"
        )
    step_size, steps, epsilon = numbers
    for key, value in (("step_size", step_size), ("steps", steps), ("epsilon", epsilon)):
        if key in given:
            raise BadInput(f"{where}: the key {key!r} is given twice, once in i_conf")
        if value > keys[key]["maximum"]:
            raise BadInput(
                f"{where}.i_conf: {key}: found {value:g}, expected at most {keys[key]['maximum']}"
            )
    rule = given.get("step_rule", "paper")
    return {"step_size": step_size, "steps": steps, "epsilon": epsilon, "step_rule": rule}
