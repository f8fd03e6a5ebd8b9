"""Exceptions that say enough by themselves to be put into a beginner's words, whatever the question is."""

from __future__ import annotations

from autograder.judge.diagnosis.claims import calls_a_value, has_unknown_name, mentions
from autograder.judge.diagnosis.registry import Misconception

EXCEPTIONS = (
    Misconception(
        "",
        "values-and-indices",
        "takes what max or min gives along an axis for a tensor",
        "Along an axis, max and min give two things, the values and where they stand. Which of them do you need?",
        raises=r"TypeError: .*torch\.return_types\.(max|min)\b",
        claim=mentions(r"\b(max|min)\(.*(dim|axis|\d)"),
    ),
    Misconception(
        "",
        "transpose-without-axes",
        "calls transpose without saying which axes",
        "In torch, transpose must be told which two axes to exchange; for a matrix there is something shorter.",
        raises=r"TypeError: transpose\(\) (received an invalid combination|missing \d+ required)",
        claim=mentions(r"transpose\(\)"),
    ),
    Misconception(
        "",
        "no-power",
        "^ for a power",
        "In Python ^ is no power, it compares bits. How is a power written?",
        raises=r"NotImplementedError: \"bitwise_xor_\w+\" not implemented for '(Float|Double|Half)'"
        r"|TypeError: unsupported operand type\(s\) for \^=?: ",
        claim=mentions(r"\^"),
    ),
    Misconception(
        "",
        "two-devices",
        "tensors on different devices",
        "Some of your tensors are on a GPU and some are not. Where does your function make new ones, or move them?",
        raises=r"RuntimeError: Expected all tensors to be on the same device",
        claim=mentions(r"cuda|device"),
    ),
    Misconception(
        "",
        "no-gpu",
        "a GPU where there may be none",
        "Your function puts something on a GPU. On which device is what it is given, and is there a GPU at all?",
        raises=r"(RuntimeError|AssertionError): (there is no GPU here|Found no NVIDIA driver|No CUDA GPUs"
        r"|Torch not compiled with CUDA)",
        claim=mentions(r"cuda|device"),
    ),
    Misconception(
        "",
        "unknown-name",
        "uses a name that has no value",
        "A name in your code has no value where it is used. How is it spelt where it gets one?",
        raises=r"NameError: name '\w+' is not defined",
        claim=has_unknown_name,
    ),
    Misconception(
        "",
        "number-called",
        "calls a number or a tensor",
        "Parentheses behind a name call it, and what you call is a number or a tensor. Is a sign of multiplication "
        "missing before them?",
        raises=r"TypeError: '(float|int|Tensor|numpy\.\w+)' object is not callable",
        claim=calls_a_value,
    ),
    Misconception(
        "",
        "number-in-matrix-product",
        "@ with a number",
        "@ is the product of two matrices, and one of your two is a number. Which sign multiplies by a number?",
        raises=r"TypeError: unsupported operand type\(s\) for @=?: ",
        claim=mentions("@"),
    ),
    Misconception(
        "",
        "many-for-one-number",
        "a tensor of many numbers for one number",
        "Something that takes a single number is given a tensor of many. Is there a function that takes all of them?",
        raises=r"(a Tensor with \d+ elements cannot be converted to Scalar|only (one element tensors|length-1 arrays"
        r"|0-dimensional arrays|size-1 arrays) can be converted to)",
        claim=mentions(r"math\.|(float|int|item|round)\("),
    ),
    Misconception(
        "",
        "product-shapes",
        "a matrix product of shapes that don't go together",
        "The shapes in one of your matrix products don't go together: the first has to have as many columns as the "
        "second has rows. Write down both shapes.",
        raises=r"RuntimeError: (\w+: )?(mat1 and mat2 shapes cannot be multiplied|size mismatch, got"
        r"|inconsistent tensor size)"
        r"|ValueError: (shapes .* not aligned|matmul: Input operand 1 has a mismatch)",
        claim=mentions(r"@|(mm|matmul|dot|linear|mv)\("),
    ),
    Misconception(
        "",
        "two-dtypes",
        "a product of tensors of different dtypes",
        "Two of your tensors have different dtypes where they have to have the same. Which line changes the dtype of "
        "one of them, or makes a new one?",
        raises=r"RuntimeError: expected (m1 and m2|mat1 and mat2|scalar type).*(same dtype|but found)",
        claim=mentions(r"double|float|half|type|torch\.(tensor|zeros|ones|eye|full|empty|rand)"),
    ),
    Misconception(
        "",
        "shapes-apart",
        "tensors entry by entry whose shapes don't go together",
        "Two of your tensors are taken entry by entry, and their shapes don't go together. Write down both shapes: "
        "does one of them lack an axis, or have one too many?",
        raises=r"RuntimeError: The size of tensor a \(\d+\) must match the size of tensor b \(\d+\)"
        r"|ValueError: operands could not be broadcast together",
        claim=mentions(r"[-+*/<>]|=="),
    ),
    Misconception(
        "",
        "index-outside",
        "an index beyond the end",
        "Your code asks for an entry that isn't there. Which size does it take for granted, and what may that be?",
        raises=r"IndexError: (index -?\d+ is out of bounds for (dimension|axis)|(list|tuple) index out of range)",
        claim=mentions(r"\["),
    ),
    Misconception(
        "",
        "view-of-other-layout",
        "view of numbers that don't lie one after another",
        "view wants numbers that lie one after another in memory, and those of a transposed tensor, say, don't. Which "
        "function copies them where it has to?",
        raises=r"RuntimeError: view size is not compatible with input tensor's size and stride",
        claim=mentions(r"\bview"),
    ),
    Misconception(
        "",
        "followed-in-place",
        "changes in place what autograd is asked about",
        "You change in place what autograd is to follow. What makes something new of it instead?",
        raises=r"RuntimeError: a (view of a )?leaf Variable that requires grad is being used in an in-place",
        claim=mentions(r"_\(|[-+*/]=|\]\s*="),
    ),
    Misconception(
        "",
        "followed-by-numpy",
        "NumPy for what autograd is to follow",
        "NumPy takes no tensor that autograd follows, and autograd can't follow NumPy. What does the same in torch?",
        raises=r"RuntimeError: Can't call numpy\(\) on Tensor that requires grad",
        claim=mentions(r"numpy|np\."),
    ),
)
