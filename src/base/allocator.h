// How the process takes memory from the system and gives it back (glibc; nothing elsewhere).
//
// Pages are read by one thread and freed by another. glibc's defaults then keep what a burst once took: an
// arena for every thread, and blocks of several megabytes in them that a few small ones hold open. Few
// arenas, and large blocks as mappings of their own, go back to the system at once.
#pragma once

namespace vedette {

// Call first in main(), before there are threads.
void bound_allocator();

}  // namespace vedette
