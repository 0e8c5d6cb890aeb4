"""Weekly hours for properties: any days, quarters of an hour, over midnight too."""

from hypothesis import strategies as st

from safeguards.plan import Hours, Weekday

clock_times = st.integers(0, 24 * 4 - 1).map(lambda quarter: quarter * 15)
weekly = st.lists(
    st.builds(
        Hours,
        days=st.lists(st.sampled_from(Weekday), min_size=1, max_size=4, unique=True).map(tuple),
        open=clock_times,
        close=clock_times.map(lambda minute: minute + 15),
    ),
    max_size=4,
).map(tuple)
