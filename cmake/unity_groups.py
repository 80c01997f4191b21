"""unity_groups.py MAX SRC OUT FILE…: writes OUT_1.cpp, OUT_2.cpp…, which include the FILEs (below SRC) in groups of at
most MAX, and prints what is to be compiled in their place, as a CMake list.

Two files go together when neither uses a name that is internal to the other: what stands in an anonymous namespace or is
static. Their headers come first, so that they mean what they mean alone. The names are found by their looks, not by a
compiler; what looks wrong only makes a group smaller.
"""
import os
import re
import sys

NOISE = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(?P<d>[^()\\ ]{0,16})\(.*?\)(?P=d)"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'', re.S)
OPENS_ANONYMOUS = re.compile(r"\bnamespace\s*\{")
DECLARED = re.compile(r"(?<![\w.>:])([A-Za-z_]\w*)\s*(?=[({=;\[])")
TYPE = re.compile(r"\b(?:struct|class|enum(?:\s+class)?|union|using|concept)\s+([A-Za-z_]\w*)")
STATIC = re.compile(r"^static\b[^;{=]*?([A-Za-z_]\w*)\s*[({=;\[]", re.M)
USED = re.compile(r"(?<![\w.>:])([A-Za-z_]\w*)")
INCLUDE = re.compile(r'^#include (?:<[^>]+>|"[^"]+\.h")', re.M)
# The same in every file that has it, or bound to what it stands in front of.
HARMLESS = re.compile(r"\bnamespace\s+\w+\s*=[^;]*;|\btemplate\s*<[^<>]*>")
NOT_NAMES = {"if", "for", "while", "switch", "return", "sizeof", "decltype", "noexcept", "requires", "alignas",
             "namespace", "const", "auto", "override", "final", "default", "operator", "static_assert", "explicit",
             "true", "false", "nullptr", "bool", "char", "int", "unsigned", "double", "void", "enum", "class", "struct",
             "include", "std", "testing", "TEST", "TEST_F", "TEST_P", "TYPED_TEST", "RC_GTEST_PROP",
             "INSTANTIATE_TEST_SUITE_P"}


def body(text, start):
    """What stands between the brace at `start` and its partner, without what stands in braces inside."""
    depth, out = 0, []
    for i in range(start, len(text)):
        c = text[i]
        if c == "{":
            depth += 1
            if depth == 2:
                out.append("{")
        elif c == "}":
            depth -= 1
            if depth == 0:
                return "".join(out)
            if depth == 1:
                out.append("}\n")
        elif depth == 1:
            out.append(c)
    return "".join(out)


def names(path):
    with open(path, encoding="utf-8") as file:
        whole = file.read()
    text = HARMLESS.sub(" ", NOISE.sub(" ", whole))
    internal = set(STATIC.findall(text))
    for opening in OPENS_ANONYMOUS.finditer(text):
        inside = body(text, opening.end() - 1)
        internal |= set(DECLARED.findall(inside)) | set(TYPE.findall(inside))
    return internal - NOT_NAMES, set(USED.findall(text))


def includes(path):
    with open(path, encoding="utf-8") as file:
        return INCLUDE.findall(file.read())


# Definitions that one file makes, or gets on its command line.
OF_ITS_OWN = re.compile(r"^\s*#\s*define\b|\bVEDETTE_(?:SOURCE_DIR|VERSION)\b", re.M)


def grouped(files, most):
    groups = []  # [files, internal names, used names]
    for path in files:
        internal, used = names(path)
        for group in groups:
            if len(group[0]) < most and not (internal & group[2]) and not (used & group[1]):
                break
        else:
            group = [[], set(), set()]
            groups.append(group)
        group[0].append(path)
        group[1] |= internal
        group[2] |= used
    return [group[0] for group in groups]


def main():
    most, source, out = int(sys.argv[1]), sys.argv[2], sys.argv[3]
    together, compiled = [], []
    for path in sorted(sys.argv[4:]):
        with open(path, encoding="utf-8") as file:
            (compiled if OF_ITS_OWN.search(file.read()) else together).append(path)
    for group in grouped(together, most):
        if len(group) == 1:
            compiled.append(group[0])
            continue
        unity = f"{out}_{len(compiled) + 1}.cpp"
        lines = [f"{line}\n" for line in dict.fromkeys(line for path in group for line in includes(path))]
        for path in group:
            lines.append("// NOLINTNEXTLINE(bugprone-suspicious-include): several files compiled at once\n"
                         f'#include "{os.path.relpath(path, source)}"\n')
        text = "".join(lines)
        if not os.path.exists(unity) or open(unity, encoding="utf-8").read() != text:
            with open(unity, "w", encoding="utf-8") as file:
                file.write(text)
        compiled.append(unity)
    print(";".join(compiled))


main()
