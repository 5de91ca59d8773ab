"""Prints tails, survival curves and evidence for tests/scipy_survival.csv. Run with SciPy: see the file's first line."""
import numpy as np, scipy
from scipy.stats import CensoredData, beta, binom, ecdf

print(f"# scipy {scipy.__version__}: beta.cdf, binom.cdf, binom.sf, ecdf(CensoredData).sf; e-values by numpy {np.__version__}")
for a in (0.5, 1, 3.7, 20, 400):
    for b in (0.5, 2, 19.3, 400, 5000):
        for x in (0.001, 0.02, 0.3, 0.9):
            print(f"beta,{a},{b},{x},{beta.cdf(x, a, b):.12g}")
for n in (10, 149, 5000, 100000):
    for hits in sorted({0, 1, n // 50, n // 10, n // 2}):
        for rate in (0.01, 0.02, 0.1):
            print(f"at_most,{hits},{n},{rate},{binom.cdf(hits, n, rate):.12g}")
            print(f"at_least,{hits},{n},{rate},{binom.sf(hits - 1, n, rate):.12g}")

rng = np.random.default_rng(20261124)
for world in range(4):
    bins = np.clip(np.rint(rng.normal(60 + 10 * world, 9, 300)), 1, 140).astype(int)
    cuts = rng.integers(50, 100, 300) if world else np.full(300, 150)
    seen, cut = np.minimum(bins, cuts), bins > cuts
    curve = ecdf(CensoredData(uncensored=seen[~cut], right=seen[cut])).sf
    print(f"sketch,{world},{' '.join(f'{s}{chr(43) if c else str()}' for s, c in zip(seen, cut))}")
    for b in range(30, 120, 5):
        print(f"survival,{world},{b},{curve.evaluate(b):.12g}")

for p0 in (0.01, 0.02, 0.05):
    for side, near, far in (("at_most", 1.5 * p0, min(0.9, 30 * p0)), ("at_least", p0 / 1.5, p0 / 30)):
        q = np.geomspace(near, far, 12)
        for hits, n in ((0, 1), (0, 200), (1, 1), (3, 10), (20, 1000), (5, 1000)):
            logs = hits * np.log(q / p0) + (n - hits) * np.log((1 - q) / (1 - p0))
            print(f"evidence,{side},{p0},{hits},{n},{scipy.special.logsumexp(logs) - np.log(12):.12g}")
