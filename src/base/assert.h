// VEDETTE_ASSERT: an invariant of ours that is checked in every build, release included.
// It stops the program with file and line: a wrong state must never be reported as health.
#pragma once

namespace vedette {
[[noreturn]] void assertion_failed(const char* condition, const char* file, int line);
}

#define VEDETTE_ASSERT(condition) \
  ((condition) ? static_cast<void>(0) : ::vedette::assertion_failed(#condition, __FILE__, __LINE__))
