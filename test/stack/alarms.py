"""How CloudWatch evaluates an alarm on one metric: a pure function of data points, for the emulator and for tests.

docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html and …/alarms-and-missing-data.html. The range
that is looked at is a little longer than the alarm's periods; AWS doesn't say by how much, except in the example of those
pages, where an alarm with three periods looks at five. Alarms on metric math aren't evaluated here.
"""

import operator

EXTRA_PERIODS = 2

COMPARISONS = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}


def values_of(points, alarm, now, statistic):
    """The statistic of each period of the evaluation range, the newest first; None where there is no data.

    The window slides: it ends at the last full minute and goes back from there (…/alarm-evaluation-window.html, the
    default). `points` are (time, point), times in seconds; `statistic` makes one number of a period's points.
    """
    period = alarm["Period"]
    end = now // min(period, 60) * min(period, 60)
    values = []
    for back in range(alarm["EvaluationPeriods"] + EXTRA_PERIODS):
        start = end - (back + 1) * period
        within = [point for time, point in points if start <= time < start + period]
        values.append(statistic(within) if within else None)
    return values


def state_of(values, alarm, current):
    """The alarm's state after a look at `values` (newest first, None for missing), where it was in `current` before.

    Real data points are used as far as there are enough of them, also from behind the alarm's periods; those that are
    missing are filled in by what the alarm says of missing data, and only as many as are needed.
    """
    periods = alarm["EvaluationPeriods"]
    needed = alarm.get("DatapointsToAlarm") or periods
    treat = alarm.get("TreatMissingData") or "missing"
    compare = COMPARISONS[alarm["ComparisonOperator"]]
    is_bad = [None if value is None else compare(value, alarm["Threshold"]) for value in values]
    real = [bad for bad in is_bad if bad is not None]
    if len(real) >= periods:
        return "ALARM" if sum(real[:periods]) >= needed else "OK"
    bad = sum(real)
    if treat == "breaching":
        bad += periods - len(real)
    if treat in ("breaching", "notBreaching"):
        return "ALARM" if bad >= needed else "OK"
    if not real:
        return "INSUFFICIENT_DATA" if treat == "missing" else current
    if bad >= needed:
        return "ALARM"
    if not all(real):
        return "OK"
    # All that there is, is bad, but there isn't enough of it: it counts once the oldest is as old as it would have to be.
    oldest = max(back for back, bad in enumerate(is_bad) if bad)
    return "ALARM" if treat == "missing" and oldest + 1 >= needed else current
