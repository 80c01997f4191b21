// What top -H, ps -L and perf call the calling thread, so that a busy server tells which of its parts is
// busy. At most 15 bytes; longer names are cut. Linux; nothing elsewhere.
#pragma once

#if defined(__linux__)
#include <pthread.h>

#include <cstring>
#endif

namespace vedette {

inline void name_thread([[maybe_unused]] const char* name) {
#if defined(__linux__)
  char cut[16] = {};
  std::memcpy(cut, name, ::strnlen(name, sizeof cut - 1));
  ::pthread_setname_np(::pthread_self(), cut);
#endif
}

}  // namespace vedette
