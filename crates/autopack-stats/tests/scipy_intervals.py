"""Prints exact binomial intervals for tests/scipy_intervals.csv. Run with SciPy: see the file's first line."""
import scipy
from scipy.stats import binomtest

print(f"# hits,n,level,low,high; scipy {scipy.__version__}, binomtest(...).proportion_ci(method='exact')")
for n in (1, 2, 3, 9, 10, 35, 145, 1000, 5000, 1000000):
    for hits in sorted({0, 1, 2, n // 50, n // 10, n // 2, n - 1, n}):
        if hits <= n:
            for level in (0.9, 0.95, 0.99):
                ci = binomtest(hits, n).proportion_ci(level, method="exact")
                print(f"{hits},{n},{level},{ci.low:.15g},{ci.high:.15g}")
