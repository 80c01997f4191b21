#include "base/allocator.h"

#include <cstdlib>  // defines __GLIBC__

#if defined(__GLIBC__)
#include <malloc.h>
#endif

namespace vedette {

void bound_allocator() {
#if defined(__GLIBC__)
  constexpr int kArenas = 2, kLargeBytes = 128 * 1024;
  mallopt(M_ARENA_MAX, kArenas);
  mallopt(M_MMAP_THRESHOLD, kLargeBytes);  // fixed: by default it grows to 32 MiB
  mallopt(M_TRIM_THRESHOLD, kLargeBytes);
#endif
}

}  // namespace vedette
