#include "base/allocator.h"

#include <sys/mman.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>  // defines __GLIBC__
#include <cstring>
#include <fstream>
#include <string>

#if defined(__GLIBC__)
#include <malloc.h>
#include <pthread.h>
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

void keep_large_blocks() {
#if defined(__GLIBC__)
  constexpr int kKeptBytes = 16 << 20, kFreeBytes = 32 << 20;
  mallopt(M_MMAP_THRESHOLD, kKeptBytes);
  mallopt(M_TRIM_THRESHOLD, kFreeBytes);
#endif
}

void give_back_stack() {
#if defined(__GLIBC__)
  pthread_attr_t attributes;
  if (::pthread_getattr_np(::pthread_self(), &attributes) != 0) return;
  void* low = nullptr;
  std::size_t size = 0;
  bool known = ::pthread_attr_getstack(&attributes, &low, &size) == 0;
  ::pthread_attr_destroy(&attributes);
  // Far enough below this frame for those of the calls made here.
  constexpr std::uintptr_t kPage = 4096, kApart = 64 * 1024;
  auto from = (reinterpret_cast<std::uintptr_t>(low) + kPage - 1) & ~(kPage - 1);
  auto to = (reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0)) - kApart) & ~(kPage - 1);
  if (known && to > from && to - from < size)
    ::madvise(reinterpret_cast<void*>(from), to - from, MADV_DONTNEED);
#endif
}

std::size_t give_back_pages() {
#if defined(__GLIBC__)
  malloc_trim(0);
#endif
  std::size_t out = 0, rss = 0;
  std::uintptr_t from = 0, to = 0;
  bool candidate = false;
  std::ifstream in("/proc/self/smaps");
  for (std::string line; std::getline(in, line);) {
    unsigned long first = 0, end = 0, inode = 0;
    char rights[8] = "";
    if (std::sscanf(line.c_str(), "%lx-%lx %7s %*s %*s %lu", &first, &end, rights, &inode) == 4) {
      from = first;
      to = end;
      // Not writable, of a file.
      candidate = inode != 0 && (std::strcmp(rights, "r-xp") == 0 || std::strcmp(rights, "r--p") == 0);
      continue;
    }
    std::size_t kib = 0;
    if (std::sscanf(line.c_str(), "Rss: %zu", &kib) == 1) rss = kib * 1024;
    // What the loader relocated is nowhere else: such a mapping has anonymous pages and stays.
    if (!candidate || std::sscanf(line.c_str(), "Anonymous: %zu", &kib) != 1) continue;
    if (kib == 0 && ::madvise(reinterpret_cast<void*>(from), to - from, MADV_DONTNEED) == 0) out += rss;
    candidate = false;
  }
  return out;
}

}  // namespace vedette
