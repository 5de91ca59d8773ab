"""Prints one-sided p-values of Fisher's exact test for tests/scipy_fisher.csv. Run with SciPy: see the file's first line."""
import scipy
from scipy.stats import fisher_exact

print(f"# hits,n,other_hits,other_n,p; scipy {scipy.__version__}, fisher_exact(..., alternative='greater')")
for n, other_n in ((1, 1), (3, 3), (10, 10), (10, 30), (25, 75), (100, 100), (59, 1000), (5000, 20000)):
    for hits in sorted({0, 1, 2, n // 10, n // 4, n // 2, n}):
        for other_hits in sorted({0, 1, other_n // 50, other_n // 10, other_n // 2, other_n}):
            if hits <= n and other_hits <= other_n:
                table = [[hits, n - hits], [other_hits, other_n - other_hits]]
                p = fisher_exact(table, alternative="greater").pvalue
                print(f"{hits},{n},{other_hits},{other_n},{p:.15g}")
