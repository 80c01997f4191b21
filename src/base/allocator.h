// How the process takes memory from the system and gives it back (glibc; nothing elsewhere).
//
// Pages are read by one thread and freed by another. glibc's defaults then keep what a burst once took: an
// arena for every thread, and blocks of several megabytes in them that a few small ones hold open. Few
// arenas, and large blocks as mappings of their own, go back to the system at once.
#pragma once

#include <cstddef>

namespace vedette {

// Call first in main(), before there are threads.
void bound_allocator();

// For a process through which much flows all the time, after bound_allocator(): blocks of up to 16 MiB are
// kept for the next one. What is mapped anew for each is zeroed by the system page by page, which was a
// quarter of what storing a log event cost: bodies of requests, and the compressor's memory for each column
// of each row group. Up to 32 MiB that are free stay with each arena. Any thread.
void keep_large_blocks();

// Unmaps the pages of program and libraries that nobody wrote to: most of them were needed at the start
// alone, and those that are needed come back from the page cache when they are touched. It changes what the
// process is charged for (RSS), and lets the system forget those pages first. Heap and stacks are given back
// too where they are free. The number of bytes that were mapped. Linux; any thread, while no library is being
// loaded.
std::size_t give_back_pages();
// What a deep call of this thread left behind below its stack's present end: a scan for web shells takes
// megabytes of stack, once in a while.
void give_back_stack();

}  // namespace vedette
