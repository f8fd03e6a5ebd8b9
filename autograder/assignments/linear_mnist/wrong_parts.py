"""What wrong answers to several questions are made of: the usual numbers, and what such code is never without."""

from __future__ import annotations

BATCHES = (64, 128, 32, 10, 16, 100, 256, 512, 50, 20, 25, 8, 200, 500, 1000, 48000, 60000)
SMALL = (1e-8, 1e-7, 1e-6, 1e-9, 1e-10, 1e-12, 1e-15, 1e-16, 1e-20, 1e-5, 1e-4)
VISIBLE = (1e-8, 1e-7, 1e-6, 1e-9, 1e-10, 1e-12, 1e-5, 1e-4)  # beside a sum that is no less than 1
BESIDE_N = (1e-8, 1e-7, 1e-6, 1e-5, 1e-4)
BLOCKS = (32, 64, 16, 128, 10, 100, 8, 20, 50, 256)
FLAT = (1e-6, 1e-8, 1e-7, 1e-5, 1e-4, 1e-3, 1e-10, 1e-12)
DECAYS = (0.01, 0.001, 1e-4, 5e-4, 0.1, 0.5)

# What such code is never without.
REPLACES = r"nan|isfinite|isinf|\binf\b|where|masked|\[.*[<>=]=?.*\]\s*="
ROUNDS = r"round|format|decimals|trunc|floor|ceil|\bint\(|\.long\(|%|:\.\d"
SIZES = r"\b(10|784)\b"
CONVERTS = (
    r"float32|float16|half|\.float\b|FloatTensor|\.to\(|type|np\.|numpy|one_hot|"
    r"torch\.(tensor|Tensor|zeros|ones|empty|full|eye|rand\w*|arange|linspace)\("
)
